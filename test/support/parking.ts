import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { PromotionProject } from './promotion-project.ts';

const take = `select pg_advisory_lock(hashtextextended('parked', 0))`;
const give = `select pg_advisory_unlock(hashtextextended('parked', 0))`;

/** A migration that goes on only when a test lets it: as long as it must wait, the promotion stands still there. */
export function parkedMigration(version: string): Record<string, string> {
  const sql = `-- Up Migration
select pg_advisory_xact_lock(hashtextextended('parked', 0));
create table made_${version} (id bigint primary key);
-- Down Migration
drop table made_${version};
`;
  return { [`migrations/${version}_park.sql`]: sql };
}

/** Keeps parked migrations waiting until the returned function is called. */
export async function parkMigrations(session: Client): Promise<() => Promise<void>> {
  await session.query(take);
  return async () => {
    await session.query(give);
  };
}

const program = `import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
while (existsSync(process.env.PARKED_BY) && !process.env.STANDBY) await delay(20);
`;

/** Makes a service of the configured release start only when a test lets it, by calling the returned function. */
export async function parkService(project: PromotionProject, service: string): Promise<() => Promise<void>> {
  const { image, command, env } = project.config.release.services[service];
  const file = join(project.root, `parked-${service}`);
  await writeFile(join(image, 'park.ts'), program);
  await writeFile(file, '');
  const [node, ...rest] = command.filter((word: string) => !['--import', './park.ts'].includes(word));
  project.config.release.services[service].command = [node, '--import', './park.ts', ...rest];
  project.config.release.services[service].env = { ...env, PARKED_BY: file };
  return () => rm(file, { force: true });
}

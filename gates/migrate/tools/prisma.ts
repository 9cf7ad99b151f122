import type { ClientBase } from 'pg';
import { sha256 } from '../../kernel/digest.ts';
import type { HistoryRow, HistoryTable, MigrationTool } from './migration-tool.ts';
import { createTable, insertNames, qualified } from './named-history.ts';
import { sql } from './sections.ts';
import { statementCount } from './statement-count.ts';
import { byText, leadingDigits } from './versions.ts';

/** Prisma Migrate: `<timestamp>_<name>/migration.sql`; history with checksum, start and end in `_prisma_migrations`. */
export const prisma: MigrationTool = {
  name: 'prisma',
  command: ['npx', 'prisma', 'migrate', 'deploy'],
  table: { schema: 'public', table: '_prisma_migrations' },
  shape: { has: ['migration_name', 'checksum', 'started_at', 'finished_at', 'rolled_back_at'] },
  repair: 'prisma migrate resolve --rolled-back <name>, or --applied <name> when all of it is there',
  uniqueVersions: false,
  find: ({ paths, read }) => {
    const present = new Set(paths);
    return paths
      .filter((path) => /^[^/]+\/migration\.sql$/.test(path))
      .map((file) => {
        const name = file.slice(0, file.indexOf('/'));
        const down = `${name}/down.sql`;
        return { name, file, checksum: sha256(read(file)), ...(present.has(down) && { down }) };
      });
  },
  versionOf: leadingDigits,
  compare: byText,
  // The file is sent as one query, without begin: several statements are one transaction all the same, a single one is none.
  sections: ({ up, down }) => sql(up, down, statementCount(up) > 1, statementCount(down ?? '') > 1),
  readHistory,
  // What `prisma migrate resolve --applied <name>` writes for each; the history is read by when they began.
  stamp: ({ table }, migrations) => [
    createTable(
      table,
      'id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null, logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0',
    ),
    {
      ...insertNames(
        table,
        'id, checksum, migration_name, started_at, finished_at',
        `gen_random_uuid()::text, ($2::text[])[at], name, ${began}, ${began}`,
        migrations,
      ),
      values: [migrations.map(({ name }) => name), migrations.map(({ checksum }) => checksum)],
    },
  ],
};

const began = `now() + at * interval '1 microsecond'`;

async function readHistory(client: ClientBase, table: HistoryTable): Promise<readonly HistoryRow[]> {
  const { rows } = await client.query<{
    name: string;
    checksum: string;
    finished: boolean;
    rolledBack: boolean;
    logs: string | null;
  }>(`
    select migration_name as name, checksum, finished_at is not null as finished, logs,
      rolled_back_at is not null as "rolledBack"
    from ${qualified(table)} order by started_at, id`);
  return rows
    .filter((row) => !row.rolledBack)
    .map(({ name, checksum, finished, logs }) => {
      if (finished) return { name, checksum, state: 'applied' };
      // It writes the error into `logs` when it can: no log means that nobody knows how it ended.
      return logs === null
        ? { name, checksum, state: 'dirty' }
        : { name, checksum, state: 'failed', note: firstLines(logs) };
    });
}

function firstLines(logs: string): string {
  return logs
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .slice(0, 6)
    .join(' ');
}

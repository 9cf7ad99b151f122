import { join } from 'node:path';
import { Client } from 'pg';
import { projectRoot } from '../../../gates/kernel/project-root.ts';
import { lintEach } from '../../../gates/lint/lint-each.ts';
import { lintSchema } from '../../../gates/lint/policy.ts';
import { applicationScope } from '../../../gates/migrate/application-scope.ts';
import { migrationSet } from '../../../gates/migrate/migration-set.ts';
import { migrationTool } from '../../../gates/migrate/tools/index.ts';
import { rehearseSettings } from '../../../gates/rehearse/facts.ts';
import { overBudget } from '../../../gates/rehearse/judge.ts';
import { blockingOf, speedOf } from '../../../gates/rehearse/model.ts';
import { relationsOf, rowsOf } from '../../../gates/rehearse/relations.ts';
import { seed } from '../../../gates/rehearse/seed/seed.ts';
import { runTool } from '../../../gates/rehearse/tool-run.ts';
import { openTracer } from '../../../gates/rehearse/trace/tracer.ts';
import type { DeskServer } from '../../stacks/app/desk-database.ts';

const application = join(projectRoot, 'stacks/app');
const migrations = { tool: 'node-pg-migrate' };
/** Of every table that is there: what a desk that has been at work for a while has. */
const size = { rows: 100_000, bytes: 20e6, indexBytes: 5e6, writesPerSecond: 5 };

/** What the rules say of the sample application's history, each migration by itself and under the usual policy. */
export async function lintOfHistory(): Promise<readonly string[]> {
  const directory = join(application, 'migrations');
  const { files } = migrationSet(directory, migrationTool(migrations.tool));
  const lint = lintSchema.parse({});
  const signal = AbortSignal.timeout(120_000);
  const { findings } = await lintEach(files, { directory, migrations, shown: 'migrations', lint, signal });
  return findings.map(({ code, about }) => `${code} ${about}`);
}

/** What the rehearsal's trace and its usual lock budget say of it, each migration on the seeded tables of those before it. */
export async function traceOfHistory(server: DeskServer, name: string): Promise<readonly string[]> {
  const { admin, migrator } = await server.create(name);
  const client = new Client({ connectionString: admin });
  await client.connect();
  const tracer = await openTracer(migrator);
  const scope = applicationScope(migrations);
  const { lockBudget, speed } = rehearseSettings.parse({});
  const found: string[] = [];
  try {
    const { files } = migrationSet(join(application, 'migrations'), migrationTool(migrations.tool));
    for (const file of files) {
      await seed(client, scope.withoutSchemas, scope.withoutRelations);
      const tables = await relationsOf(client, scope);
      const shadowRows = await rowsOf(client, tables.values());
      const command = ['node', 'migrate.ts', 'up', '1'];
      const signal = AbortSignal.timeout(120_000);
      const run = await runTool({ command, cwd: application, url: tracer.url, boundSeconds: 60, signal });
      if (run.code !== 0) found.push(`${file.name} failed: ${run.output.at(-1)}`);
      const statements = tracer.take();
      const production = new Map([...tables.values()].map((table) => [table, size]));
      const of = statements.map((statement) => ({ ...statement, migration: file.name }));
      const blocking = blockingOf(of, { tables, production, shadowRows, speed: speedOf(speed) });
      found.push(
        ...overBudget(blocking, lockBudget).map(
          ({ table, mode, seconds }) => `${file.name}: ${mode} on ${table} for ${seconds} s`,
        ),
      );
    }
    return found;
  } finally {
    await tracer.close();
    await client.end();
  }
}

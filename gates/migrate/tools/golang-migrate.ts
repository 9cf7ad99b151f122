import type { ClientBase } from 'pg';
import type { FoundMigration, HistoryRow, HistoryTable, KnownMigration, MigrationTool } from './migration-tool.ts';
import { createTable, qualified } from './named-history.ts';
import { languageOf, program, sql } from './sections.ts';
import { statementCount } from './statement-count.ts';
import { flat, numeric } from './versions.ts';

const migration = /^(\d+)_(.*)\.(up|down)\.(.*)$/;

/** golang-migrate: `<version>_<name>.up.sql` and `.down.sql`; one row, the newest version, and whether it is dirty. */
export const golangMigrate: MigrationTool = {
  name: 'golang-migrate',
  command: ['migrate', '-path', 'migrations', 'up'],
  table: { schema: 'public', table: 'schema_migrations' },
  shape: { has: ['version', 'dirty'] },
  repair: 'migrate force <version that is really there>, then migrate up',
  uniqueVersions: true,
  find: ({ paths }) => {
    const present = new Set(paths);
    return flat(paths).flatMap((file): FoundMigration[] => {
      const [, version, name, direction, extension] = migration.exec(file) ?? [];
      if (version === undefined || direction !== 'up') return [];
      const down = `${version}_${name}.down.${extension}`;
      return [{ name: String(BigInt(version)), file, ...(present.has(down) && { down }) }];
    });
  },
  versionOf: (name) => name,
  compare: numeric,
  // The file is sent as one query, without begin: several statements are one transaction all the same, a single one is none.
  sections: ({ file, up, down }) =>
    languageOf(file) === undefined
      ? sql(up, down, statementCount(up) > 1, statementCount(down ?? '') > 1)
      : program(file, false),
  readHistory,
  // What `migrate force <version>` leaves: one row.
  stamp: ({ table }, migrations) => [
    createTable(table, 'version bigint not null primary key, dirty boolean not null'),
    { sql: `insert into ${qualified(table)} (version, dirty) values ($1, false)`, values: [migrations.at(-1)?.name] },
  ],
};

/** Everything up to the version is taken as applied, also a file that came later and never ran: preflight's order rule knows. */
async function readHistory(
  client: ClientBase,
  table: HistoryTable,
  known: readonly KnownMigration[],
): Promise<readonly HistoryRow[]> {
  const statement = `select version::text as version, dirty from ${qualified(table)}`;
  const { rows } = await client.query<{ version: string; dirty: boolean }>(statement);
  const [row] = rows;
  if (row === undefined) return [];
  const before = known
    .filter(({ name }) => BigInt(name) < BigInt(row.version))
    .map(({ name }): HistoryRow => ({ name, state: 'applied', assumed: true }))
    .sort((a, b) => numeric(a.name, b.name));
  if (!row.dirty) return [...before, { name: row.version, state: 'applied' }];
  return [...before, { name: row.version, state: 'dirty', note: 'dirty: it failed part of the way, or was killed' }];
}

import type { ClientBase } from 'pg';
import type { HistoryRow, HistoryTable, KnownMigration, MigrationTool } from './migration-tool.ts';
import { createTable, insertNames, namedHistory, qualified } from './named-history.ts';
import { program } from './sections.ts';
import { byText, flat, leadingDigits, stem } from './versions.ts';

const lockExists = `select to_regclass($1) is not null as there`;

/** Knex: JavaScript or TypeScript files known by their whole name; history in `knex_migrations`, a lock beside it. */
export const knex: MigrationTool = {
  name: 'knex',
  command: ['npx', 'knex', 'migrate:latest'],
  table: { schema: 'public', table: 'knex_migrations' },
  beside: ({ table }) => [`${table}_lock`],
  shape: { has: ['id', 'name', 'batch', 'migration_time'] },
  repair: 'when no other run is under way: knex migrate:unlock',
  uniqueVersions: false,
  find: ({ paths }) =>
    flat(paths)
      .filter((file) => /\.([cm]?js|[cm]?ts)$/.test(file) && !file.endsWith('.d.ts') && !file.startsWith('.'))
      .map((file) => ({ name: file, file })),
  versionOf: leadingDigits,
  compare: byText,
  sections: ({ file, up }) => program(file, !/\btransaction\s*:\s*false\b/.test(up)),
  readHistory,
  // It makes its lock itself when there is none.
  stamp: ({ table }, migrations) => [
    createTable(table, 'id serial primary key, name varchar(255), batch integer, migration_time timestamptz'),
    insertNames(table, 'name, batch, migration_time', 'name, 1, now()', migrations),
  ],
};

async function readHistory(
  client: ClientBase,
  table: HistoryTable,
  known: readonly KnownMigration[],
): Promise<readonly HistoryRow[]> {
  // A project that compiles its TypeScript has `.js` in the history and `.ts` in the directory.
  const byStem = new Map(known.map(({ name }) => [stem(name), name]));
  const rows = await namedHistory(client, table, { name: 'name', order: 'id' });
  const applied = rows.map((row) => ({ ...row, name: byStem.get(stem(row.name)) ?? row.name }));
  return [...applied, ...(await lockOf(client, table))];
}

/** A run that was killed leaves the lock taken, and every later run refuses. */
async function lockOf(client: ClientBase, table: HistoryTable): Promise<readonly HistoryRow[]> {
  const lock = qualified({ schema: table.schema, table: `${table.table}_lock` });
  const { rows: there } = await client.query<{ there: boolean }>(lockExists, [lock]);
  if (there[0]?.there !== true) return [];
  const { rows } = await client.query(`select from ${lock} where is_locked = 1`);
  if (rows.length === 0) return [];
  return [{ name: `${table.table}_lock`, state: 'dirty', note: 'the lock is taken: a run is under way or was killed' }];
}

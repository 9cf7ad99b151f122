import { type ClientBase, escapeIdentifier } from 'pg';
import type { HistoryRow, HistoryTable, KnownMigration, Statement } from './migration-tool.ts';

/**
 * Reads a history that has one row a migration and takes the row away when it goes down. `order` is SQL where the rows say
 * when they were written, and otherwise the tool's own order: a database sorts text in one of many ways.
 */
export async function namedHistory(
  client: ClientBase,
  table: HistoryTable,
  { name, order }: { readonly name: string; readonly order: string | ((a: string, b: string) => number) },
): Promise<readonly HistoryRow[]> {
  const statement = `select ${escapeIdentifier(name)}::text as name from ${qualified(table)}`;
  const sorted = typeof order === 'string' ? `${statement} order by ${order}` : statement;
  const { rows } = await client.query<{ name: string }>(sorted);
  const names = rows.map((row) => row.name);
  if (typeof order !== 'string') names.sort(order);
  return names.map((each) => ({ name: each, state: 'applied' }));
}

/** A row a migration, in their order: `row` gives its values, in SQL that may use `name` and `at` (1, 2, …). */
export function insertNames(
  table: HistoryTable,
  columns: string,
  row: string,
  migrations: readonly KnownMigration[],
): Statement {
  const names = migrations.map((each) => each.name);
  const source = 'unnest($1::text[]) with ordinality as n(name, at)';
  return {
    sql: `insert into ${qualified(table)} (${columns}) select ${row} from ${source} order by at`,
    values: [names],
  };
}

/** Makes the schema that a tool keeps for itself. */
export function createSchema({ schema }: HistoryTable): Statement {
  return { sql: `create schema if not exists ${escapeIdentifier(schema)}` };
}

/** Makes the table where there is none. */
export function createTable(table: HistoryTable, columns: string): Statement {
  return { sql: `create table if not exists ${qualified(table)} (${columns})` };
}

/** The table's name for a statement, quoted: names take no parameters. */
export function qualified({ schema, table }: HistoryTable): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}

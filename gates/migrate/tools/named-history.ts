import { type ClientBase, escapeIdentifier } from 'pg';
import type { HistoryRow, HistoryTable } from './migration-tool.ts';

/** Reads a history that has one row a migration and takes the row away when it goes down. */
export async function namedHistory(
  client: ClientBase,
  table: HistoryTable,
  { name, order }: { readonly name: string; readonly order: string },
): Promise<readonly HistoryRow[]> {
  const statement = `select ${escapeIdentifier(name)}::text as name from ${qualified(table)} order by ${order}`;
  const { rows } = await client.query<{ name: string }>(statement);
  return rows.map((row) => ({ name: row.name, state: 'applied' }));
}

/** The table's name for a statement, quoted: names take no parameters. */
export function qualified({ schema, table }: HistoryTable): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}

import type { ClientBase } from 'pg';

/** Table → its exact number of rows; undefined where counting would take too long for a gate. */
export type RowCounts = ReadonlyMap<string, number | undefined>;

/** Tables estimated to be larger than this, in rows, are not counted. */
const countable = 5_000_000;

const readTables = `
select format('%I.%I', n.nspname, c.relname) as name, c.reltuples::float8 as estimate
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport')
order by 1`;
/** The name is as the server quoted it. */
const countRows = (table: string) => `select count(*)::float8 as rows from ${table}`;

/** Counts the rows of every table of the application. */
export async function rowCounts(client: ClientBase): Promise<RowCounts> {
  const { rows: tables } = await client.query<{ name: string; estimate: number }>(readTables);
  const counts = new Map<string, number | undefined>();
  for (const { name, estimate } of tables) {
    if (estimate > countable) counts.set(name, undefined);
    else counts.set(name, (await client.query<{ rows: number }>(countRows(name))).rows[0]?.rows);
  }
  return counts;
}

/** The tables that were too large to count. */
export function notCounted(counts: RowCounts): readonly string[] {
  return [...counts].filter(([, rows]) => rows === undefined).map(([table]) => table);
}

/** Whether the application has no table. */
export async function isEmpty(client: ClientBase): Promise<boolean> {
  return (await client.query(readTables)).rowCount === 0;
}

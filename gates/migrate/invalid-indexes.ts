import type { ClientBase } from 'pg';

const readInvalid = `
select format('%I.%I', n.nspname, c.relname) as name
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid and n.nspname not in ('pg_catalog', 'pg_toast') order by 1`;

/** Indexes that a CREATE INDEX CONCURRENTLY left behind unfinished: they cost every write and serve no read. */
export async function invalidIndexes(client: ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(readInvalid);
  return rows.map((row) => row.name);
}

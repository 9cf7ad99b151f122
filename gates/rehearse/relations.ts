import pg, { type ClientBase } from 'pg';
import type { CatalogScope } from '../catalog/catalog.ts';

const readRelations = `
select c.oid::int8::float8 as oid, n.nspname || '.' || t.relname as name from pg_class c
left join pg_index i on i.indexrelid = c.oid join pg_class t on t.oid = coalesce(i.indrelid, c.oid)
join pg_namespace n on n.oid = t.relnamespace
where c.relkind in ('r', 'm', 'p', 'i', 'I') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and n.nspname <> all($1::text[]) and n.nspname || '.' || t.relname <> all($2::text[])`;
const countRows = (table: string) => `select count(*)::int as rows from ${table}`;

/**
 * The relations that migrations are judged by, oid → `schema.table`, an index by its table. What a tool does to its own
 * history keeps nobody waiting, so that is not among them.
 */
export async function relationsOf(client: ClientBase, scope: CatalogScope): Promise<ReadonlyMap<number, string>> {
  const values = [scope.withoutSchemas, scope.withoutRelations];
  const { rows } = await client.query<{ oid: number; name: string }>(readRelations, values);
  return new Map(rows.map(({ oid, name }) => [oid, name]));
}

/** Table → number of its rows. */
export async function rowsOf(client: ClientBase, tables: Iterable<string>): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const table of new Set(tables)) {
    const quoted = table.split('.').map(pg.escapeIdentifier).join('.');
    const { rows } = await client.query<{ rows: number }>(countRows(quoted));
    counts.set(table, rows[0]?.rows ?? 0);
  }
  return counts;
}

import type { ClientBase } from 'pg';
import type { Analysis } from './analyse.ts';
import { type Catalog, full } from './context.ts';

const tablesThere = `
  select n.nspname || '.' || c.relname as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'f') and n.nspname || '.' || c.relname = any($1)`;

const columnTypes = `
  select n.nspname || '.' || c.relname || '.' || a.attname as name, format_type(a.atttypid, a.atttypmod) as type
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where a.attnum > 0 and not a.attisdropped and n.nspname || '.' || c.relname || '.' || a.attname = any($1)`;

/** Asks the database what the analyses need to know of it: which tables are there already, and the types of columns. */
export async function readCatalog(client: ClientBase, analyses: readonly Analysis[]): Promise<Catalog> {
  const made = analyses.flatMap(({ effects }) =>
    effects.flatMap(({ creates }) => (creates === undefined ? [] : [full(creates)])),
  );
  const changed = analyses.flatMap(({ findings }) =>
    findings.flatMap(({ table, column }) =>
      table === undefined || column === undefined ? [] : [`${full(table)}.${column}`],
    ),
  );
  const tables = made.length === 0 ? [] : (await client.query<{ name: string }>(tablesThere, [made])).rows;
  const types =
    changed.length === 0 ? [] : (await client.query<{ name: string; type: string }>(columnTypes, [changed])).rows;
  return {
    tables: new Set(tables.map(({ name }) => name)),
    types: new Map(types.map(({ name, type }) => [name, type])),
  };
}

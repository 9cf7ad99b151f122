import type { ClientBase } from 'pg';

const ofNoExtension = (catalog: string, oid: string) =>
  `not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;

const readContents = `
select format('%I.%I', n.nspname, c.relname) as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and c.relpersistence <> 't' and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'sallyport') and ${ofNoExtension('pg_class', 'c.oid')}
order by c.relkind not in ('r', 'p'), 1 limit 1000`;

/** Relations that somebody made in a database, tables first; a thousand at the most. None is what "empty" means here. */
export async function contentsOf(client: ClientBase): Promise<readonly string[]> {
  return (await client.query<{ name: string }>(readContents)).rows.map((row) => row.name);
}

/** What no catalog of gates/catalog has and a migration may have made: as PostgreSQL identifies it, `type identity`. */
const readBeside = `
select o.type || ' ' || o.identity as object
from (
  select 'pg_collation'::regclass::oid as class, oid from pg_collation union all
  select 'pg_conversion'::regclass, oid from pg_conversion union all
  select 'pg_operator'::regclass, oid from pg_operator union all
  select 'pg_opclass'::regclass, oid from pg_opclass union all
  select 'pg_opfamily'::regclass, oid from pg_opfamily union all
  select 'pg_ts_config'::regclass, oid from pg_ts_config union all
  select 'pg_ts_dict'::regclass, oid from pg_ts_dict union all
  select 'pg_cast'::regclass, oid from pg_cast union all
  select 'pg_publication'::regclass, oid from pg_publication union all
  select 'pg_foreign_server'::regclass, oid from pg_foreign_server union all
  select 'pg_foreign_data_wrapper'::regclass, oid from pg_foreign_data_wrapper
) made cross join lateral pg_identify_object(made.class, made.oid, 0) o
where made.oid >= 16384 and o.schema is distinct from 'sallyport'
  and not exists (select from pg_depend e where e.classid = made.class and e.objid = made.oid and e.deptype in ('e', 'i'))
order by 1`;

/** Collations, operators, casts, text search, publications, foreign servers: what a comparison of catalogs leaves out. */
export async function besideCatalog(client: ClientBase): Promise<readonly string[]> {
  return (await client.query<{ object: string }>(readBeside)).rows.map((row) => row.object);
}

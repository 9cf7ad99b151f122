import type { ClientBase } from 'pg';

/** So much is looked at: it is only said, and never gone through. */
const atMost = 1000;

const ofNoExtension = (catalog: string, oid: string) =>
  `not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;

const inSchema = `n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport')`;

/** Where the session's role is no superuser, what belongs to one is the platform's: no migration has made it. */
const notPlatforms = (owner: string) => `(not exists (select from pg_roles where oid = ${owner} and rolsuper)
  or exists (select from pg_roles where rolname = current_user and rolsuper))`;

const readRelations = `
select format('%I.%I', n.nspname, c.relname) as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and c.relpersistence <> 't' and ${inSchema} and ${ofNoExtension('pg_class', 'c.oid')}
order by c.relkind not in ('r', 'p'), 1 limit ${atMost}`;

/**
 * What migrations would collide with, or replace and leave in others' hands; and large objects, which no comparison sees. A
 * type's array, and the type of a relation's rows, go with what they belong to.
 */
const readOthers = `
select left(o.type || ' ' || o.identity, 200) as name
from (
  select 'pg_proc'::regclass::oid as class, p.oid, 0 as rank from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where ${inSchema} and ${notPlatforms('p.proowner')} and p.prorettype::regtype::text !~ '(^event_trigger|_handler)$' union all
  select 'pg_type'::regclass, t.oid, 1 from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where ${inSchema} and ${notPlatforms('t.typowner')} and not exists (select from pg_type e where e.typarray = t.oid)
    and not exists (select from pg_class c where c.oid = t.typrelid and c.relkind <> 'c') union all
  select 'pg_operator'::regclass, o.oid, 2 from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
    where ${inSchema} and ${notPlatforms('o.oprowner')} union all
  select 'pg_opfamily'::regclass, f.oid, 2 from pg_opfamily f join pg_namespace n on n.oid = f.opfnamespace
    where ${inSchema} and ${notPlatforms('f.opfowner')} union all
  select 'pg_collation'::regclass, l.oid, 2 from pg_collation l join pg_namespace n on n.oid = l.collnamespace
    where ${inSchema} and ${notPlatforms('l.collowner')} union all
  select 'pg_conversion'::regclass, v.oid, 2 from pg_conversion v join pg_namespace n on n.oid = v.connamespace
    where ${inSchema} and ${notPlatforms('v.conowner')} union all
  select 'pg_ts_config'::regclass, g.oid, 2 from pg_ts_config g join pg_namespace n on n.oid = g.cfgnamespace
    where ${inSchema} and ${notPlatforms('g.cfgowner')} union all
  select 'pg_ts_dict'::regclass, d.oid, 2 from pg_ts_dict d join pg_namespace n on n.oid = d.dictnamespace
    where ${inSchema} and ${notPlatforms('d.dictowner')} union all
  select 'pg_cast'::regclass, k.oid, 2 from pg_cast k union all
  select 'pg_largeobject'::regclass, b.oid, 3 from (select oid from pg_largeobject_metadata limit ${atMost}) b
) made cross join lateral pg_identify_object(made.class, made.oid, 0) o
where (made.oid >= 16384 or made.rank = 3) and not exists (
  select from pg_depend e where e.classid = made.class and e.objid = made.oid and e.deptype in ('e', 'i'))
order by made.rank, 1 limit $1`;

/**
 * What somebody made in a database and a candidate must not have, tables first; a thousand at the most. None is what "empty"
 * means here. Schemas, extensions and what belongs to them, foreign servers, languages, event triggers (with their functions)
 * and publications are no part of it: a platform brings them, or an administrator makes them before the migrations.
 */
export async function contentsOf(client: ClientBase): Promise<readonly string[]> {
  const relations = (await client.query<{ name: string }>(readRelations)).rows;
  const others = (await client.query<{ name: string }>(readOthers, [atMost - relations.length])).rows;
  return [...relations, ...others].map((row) => row.name);
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

import type { Client } from 'pg';
import type { Beside, SideFacts, SourceFacts } from './facts.ts';
import { ofApplication } from './of-application.ts';
import { one } from './read-side.ts';

const ofExtension = (catalog: string, oid: string) =>
  `exists (select from pg_depend e where e.classid = ${catalog} and e.objid = ${oid} and e.deptype = 'e')`;

/** Columns that not every version has are read through JSON. What an extension brings has comments of its own, and so has the extension. */
const readNames = `
select array(select format('%s for %s', srvname, usename) from pg_user_mappings order by 1) as "userMappings",
  (select count(*)::int from (select classoid, objoid from pg_description union all select classoid, objoid from pg_seclabel) d
    where d.objoid >= 16384 and d.classoid <> 'pg_extension'::regclass and not ${ofExtension('d.classoid', 'd.objoid')}) as comments,
  array(select format('%I.%I.%I', n.nspname, c.relname, a.attname) from pg_attribute a join pg_type t on t.oid = a.atttypid
    join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where not a.attisdropped and a.attnum > 0 and c.relkind in ('r', 'p', 'm') and ${ofApplication}
      and (coalesce(a.attstattarget, -1) >= 0 or a.attoptions is not null or a.attstorage <> t.typstorage
        or to_jsonb(a) ->> 'attcompression' <> '') order by 1) as columns,
  array(select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm', 'i', 'I') and ${ofApplication} and (c.reltablespace <> 0
      or exists (select from pg_am m where m.oid = c.relam and m.amtype = 't' and m.amname <> 'heap')
      or exists (select from pg_index x where x.indrelid = c.oid and x.indisclustered)) order by 1) as kept,
  array(select format('%I on %I.%I', t.tgname, n.nspname, c.relname) from pg_trigger t join pg_class c on c.oid = t.tgrelid
    join pg_namespace n on n.oid = c.relnamespace
    where t.tgisinternal and t.tgconstraint <> 0 and t.tgenabled <> 'O' and ${ofApplication} order by 1) as "keyTriggers"`;

/** What a language came with has no rights written down; parameters have rights from 15 on, the whole server's. */
const readGrants = (ofParameters: boolean) => `
select array(select 'language ' || quote_ident(lanname) from pg_language where lanacl is not null
  ${ofParameters ? `union all select 'parameter ' || parname from pg_parameter_acl` : ''} order by 1) as grants`;

/** An extension's own grants are kept beside (pg_init_privs): what differs from them was granted by somebody. */
const readExtensionGrants = `
select array(select o.type || ' ' || o.identity from (
    select 'pg_class'::regclass::oid as class, oid, relacl as acl from pg_class union all
    select 'pg_proc'::regclass, oid, proacl from pg_proc union all
    select 'pg_namespace'::regclass, oid, nspacl from pg_namespace union all
    select 'pg_type'::regclass, oid, typacl from pg_type) g
  cross join lateral pg_identify_object(g.class, g.oid, 0) o
  where g.oid >= 16384 and ${ofExtension('g.class', 'g.oid')} and g.acl is distinct from (
    select i.initprivs from pg_init_privs i where i.classoid = g.class and i.objoid = g.oid and i.objsubid = 0)
  order by 1) as "extensionGrants"`;

/** The files of a table tell that something is in it, without a look at its rows. */
const readExtensionTables = `
select array(select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and pg_relation_size(c.oid) > 0 and ${ofExtension(`'pg_class'::regclass`, 'c.oid')}
      and not exists (select from pg_extension x where c.oid = any (x.extconfig)) order by 1) as "extensionTables"`;

/** Reads what neither rows nor the catalogs that are compared have of the source. */
export async function readBeside(
  client: Client,
  { version }: Pick<SideFacts, 'version'>,
): Promise<Pick<SourceFacts, 'beside' | 'extensionTables'>> {
  const names = await one<Omit<Beside, 'grants' | 'extensionGrants'>>(client, readNames);
  const grants = await one<Pick<Beside, 'grants'>>(client, readGrants(version >= 150_000));
  const onExtensions = await one<Pick<Beside, 'extensionGrants'>>(client, readExtensionGrants);
  const tables = await one<Pick<SourceFacts, 'extensionTables'>>(client, readExtensionTables);
  return { beside: { ...names, ...grants, ...onExtensions }, ...tables };
}

import type { Client } from 'pg';
import { closureOf } from '../cutover/freeze/roles-to-close.ts';
import { rightsInTheWay, writeRights } from '../cutover/freeze/write-rights.ts';
import { namesOf, type Plan } from '../cutover/plan.ts';
import type { Collation, FreezeRole, SideFacts, SourceFacts, SourceRelation } from './facts.ts';
import { ofApplication } from './of-application.ts';
import { readBeside } from './read-beside.ts';
import { readExtensionRows } from './read-extension-rows.ts';
import { one } from './read-side.ts';

/** The columns of a replica identity are those of its index; of a full one, all. A deferrable key is none. */
const readRelations = `
select format('%I.%I', n.nspname, c.relname) as name, c.relkind as kind, c.relispartition as partition,
  c.relpersistence = 'u' as unlogged, pg_get_userbyid(c.relowner) as owner, pg_has_role(c.relowner, 'usage') as owned,
  case c.relkind when 'S' then has_sequence_privilege(c.oid, 'select') else has_table_privilege(c.oid, 'select') end as readable,
  c.relreplident as identity, c.relreplident = 'f' or k.indrelid is not null as identified,
  exists (select from pg_index p where p.indrelid = c.oid and p.indisprimary and not p.indimmediate) as deferrable,
  array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attgenerated <> '' and not a.attisdropped
    order by 1) as generated,
  array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attgenerated <> '' and a.attnum = any (k.indkey)
    order by 1) as "generatedKey",
  row_security_active(c.oid) as "rowSecurity",
  array(select t.tgname::text from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled in ('A', 'R')
    order by 1) as "alwaysTriggers",
  (select min(l.collname) from pg_partitioned_table p join pg_collation l on l.oid = any (p.partcollation)
    where p.partrelid = c.oid and p.partstrat = 'r' and l.collname not in ('C', 'POSIX', 'ucs_basic')) as "rangeCollation"
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join pg_index k on k.indrelid = c.oid and k.indisvalid and k.indimmediate
  and ((c.relreplident = 'd' and k.indisprimary) or (c.relreplident = 'i' and k.indisreplident))
where c.relkind in ('r', 'p', 'f', 'm', 'S') and ${ofApplication} order by 1`;

const readCollations = `
select format('%I.%I', m.nspname, l.collname) as name, m.nspname = 'pg_catalog' as system, l.collversion as recorded,
  pg_collation_actual_version(l.oid) as actual
from pg_collation l join pg_namespace m on m.oid = l.collnamespace
where l.collprovider <> 'd' and l.oid in (
  select a.attcollation from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where not a.attisdropped and c.relkind in ('r', 'p', 'm', 'i', 'I') and ${ofApplication})
order by 1`;

// Roles of a provider's own are on its servers only.
const readRoles = `
select coalesce(array_agg(distinct r.rolname::text order by r.rolname::text), '{}') as roles
from pg_roles r join pg_database d on d.datname = current_database()
where r.rolname !~ '^(pg_|azure|rds|cloudsql)' and (
  exists (select from pg_shdepend s where s.refclassid = 'pg_authid'::regclass and s.refobjid = r.oid
    and (s.dbid = d.oid or (s.classid = 'pg_database'::regclass and s.objid = d.oid)))
  or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relowner = r.oid and ${ofApplication}))`;

const readFreezeRoles = `
select f.role, r.oid is not null as exists,
  coalesce(o.rolsuper or (o.rolcreaterole and not r.rolsuper and ($2::int < 160000
    or pg_has_role(r.oid, 'member with admin option'))), false) as alterable,
  array(select h.rolname::text from pg_roles h where not r.rolsuper and h.oid <> r.oid and pg_has_role(r.oid, h.oid, 'usage')
    order by 1) as inherits
from unnest($1::text[]) f(role) left join pg_roles r on r.rolname = f.role
cross join (select * from pg_roles where rolname = current_user) o order by 1`;

/** An owner's rights are those of whoever inherits them; any other grantor has to be become. */
const readGrantors = `
select coalesce(array_agg(rolname::text order by rolname), '{}') as grantors from pg_roles
where (rolname = any ($1::text[]) and not pg_has_role(oid, 'usage')) or (rolname = any ($2::text[]) and not pg_has_role(oid, $3))`;

/** Slots by which a subscription copies single tables come and go with its own. */
const readOthers = `
select exists (select from pg_roles where rolname = $1) as "reviewerExists",
  (select count(*)::int from (select from pg_largeobject_metadata limit 1000) l) as "largeObjects",
  array(select evtname::text from pg_event_trigger where evtenabled <> 'D' order by 1) as "eventTriggers",
  array(select format('%I on %I.%I', w.rulename, n.nspname, c.relname) from pg_rewrite w join pg_class c on c.oid = w.ev_class
    join pg_namespace n on n.oid = c.relnamespace where w.rulename <> '_RETURN' and ${ofApplication} order by 1) as rules,
  array(select gid from pg_prepared_xacts where database = current_database() order by 1) as prepared,
  array(select format('%s in %s', gid, database) from pg_prepared_xacts where database <> current_database()
    and prepared < now() - make_interval(secs => $3) order by prepared) as "preparedElsewhere",
  array(select format('%s (%s), %s s in %s', usename, application_name, extract(epoch from now() - xact_start)::int, datname)
    from pg_stat_activity where backend_xid is not null and xact_start < now() - make_interval(secs => $3) order by xact_start)
    as "longTransactions",
  array(select slot_name::text from pg_replication_slots where database = current_database() and slot_type = 'logical'
    and slot_name <> all ($2::text[]) and slot_name !~ '^pg_[0-9]+_sync_[0-9]+_' order by 1) as "otherSlots",
  exists (select from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where d.datname = current_database()
    and s.setrole = 0 and 'default_transaction_read_only=on' = any (s.setconfig)) as "readOnly"`;

const readOtherWriters = `
select coalesce(array_agg(distinct format('%s (%s)', a.usename, a.application_name)), '{}') as "otherWriters"
from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
where a.datname = current_database() and a.backend_type = 'client backend' and a.usename <> all ($1::text[])
  and a.usename <> current_user and a.application_name !~ '^sallyport' and (r.rolsuper or exists (
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and ${ofApplication} and has_table_privilege(r.oid, c.oid, 'insert, update, delete')))`;

/** Seconds: a shorter one ends before the statement that makes a slot gives up. */
const longAfter = 60;

type Others = Pick<
  SourceFacts,
  | 'reviewerExists'
  | 'largeObjects'
  | 'eventTriggers'
  | 'rules'
  | 'prepared'
  | 'preparedElsewhere'
  | 'longTransactions'
  | 'otherSlots'
  | 'readOnly'
>;

/** Reads what is asked of the source only. A transaction is a long one once it has been open for that many seconds. */
export async function readSource(
  client: Client,
  side: SideFacts,
  plan: Plan,
  seconds = longAfter,
): Promise<SourceFacts> {
  const { roles } = plan.freeze;
  const names = Object.values(namesOf(plan));
  return {
    ...side,
    relations: (await client.query<SourceRelation>(readRelations)).rows,
    collations: (await client.query<Collation>(readCollations)).rows,
    ...(await one<Pick<SourceFacts, 'roles'>>(client, readRoles)),
    freezeRoles: await readFreezing(client, side, roles),
    ...(await readStopping(client, side, roles)),
    ...(await one<Others>(client, readOthers, [plan.reviewer, names, seconds])),
    ...(await one<Pick<SourceFacts, 'otherWriters'>>(client, readOtherWriters, [roles])),
    extensionRows: await readExtensionRows(client),
    ...(await readBeside(client, side)),
  };
}

/** The roles that the plan stops from writing, on either side. */
export async function readFreezing(
  client: Client,
  { version }: Pick<SideFacts, 'version'>,
  roles: readonly string[],
): Promise<readonly FreezeRole[]> {
  return (await client.query<FreezeRole>(readFreezeRoles, [roles, version])).rows;
}

/** Whether the freeze can take what these roles write with, and give it back, as it would go about it now. */
async function readStopping(
  client: Client,
  { version }: Pick<SideFacts, 'version'>,
  named: readonly string[],
): Promise<Pick<SourceFacts, 'unstoppable' | 'grantors'>> {
  const { roles, beyond } = await closureOf(client, named);
  const rights = rightsInTheWay(await writeRights(client), roles);
  const owners = rights.filter(({ owner, grantor }) => owner === grantor).map(({ grantor }) => grantor);
  const others = rights.filter(({ owner, grantor }) => owner !== grantor).map(({ grantor }) => grantor);
  const acting = actingAs(version);
  const found = await one<Pick<SourceFacts, 'grantors'>>(client, readGrantors, [owners, others, acting]);
  return { unstoppable: beyond, ...found };
}

/** The right that `set role` needs: from 16 on to be a member is not yet to be able to act as the role. */
export function actingAs(version: number): 'set' | 'member' {
  return version >= 160_000 ? 'set' : 'member';
}

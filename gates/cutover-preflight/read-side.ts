import type { Client } from 'pg';
import { databaseId } from '../cutover/database-id.ts';
import { namesOf, type Plan } from '../cutover/plan.ts';
import { betweenUs } from '../cutover/pooler.ts';
import { databaseIn, openSession, type Side, sideOf } from '../cutover/sides.ts';
import { sessionsTo } from '../verify/open-side.ts';
import type { Locale, Operator, SideFacts } from './facts.ts';

/** A look in a preview is quick, or it is an error: milliseconds. */
const bounds = { statementMs: 10_000, lockMs: 2_000 };

// Columns that not every version has are read through JSON.
const readDatabase = `
select current_setting('server_version_num')::int as version, current_setting('server_version') as "versionText",
  pg_is_in_recovery() as standby, pg_database_size(d.oid)::float8 as bytes, pg_encoding_to_char(d.encoding) as encoding,
  coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') as provider, d.datcollate as collate, d.datctype as ctype,
  coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') as locale, to_jsonb(d) ->> 'datcollversion' as recorded
from pg_database d where d.datname = current_database()`;
const readActualVersion = `
select pg_database_collation_actual_version(oid) as actual from pg_database where datname = current_database()`;

/** Managed servers have roles of their own for what is a superuser's elsewhere. */
const readOperator = `
with held as (select rolname from pg_roles where pg_has_role(oid, 'usage'))
select r.rolname as role, r.rolsuper as superuser, pg_has_role(d.datdba, 'usage') as "ownsDatabase",
  has_database_privilege(d.oid, 'create') as creates,
  'pg_read_all_stats' in (select rolname from held) as "seesAll", 'pg_signal_backend' in (select rolname from held) as signals,
  r.rolreplication or r.rolsuper or exists (select from held where rolname = 'rds_replication') as replicates,
  exists (select from held where rolname in ('pg_create_subscription', 'azure_pg_admin', 'rds_superuser', 'cloudsqlsuperuser'))
    or r.rolsuper as subscribes
from pg_roles r, pg_database d where r.rolname = current_user and d.datname = current_database()`;
const readExtensions = `select coalesce(json_object_agg(extname, extversion), '{}') as found from pg_extension`;
const readSettings = `
select coalesce(json_object_agg(name, setting), '{}') as found from pg_settings where name = any($1::text[])`;
// By digest: what somebody keeps in a setting may be a secret. The freeze sets one of them, and takes it back.
const readDatabaseSettings = `
select coalesce(json_object_agg(coalesce(r.rolname, 'everybody') || ' ' || split_part(c, '=', 1), md5(c)), '{}') as found
from pg_db_role_setting s cross join unnest(s.setconfig) c left join pg_roles r on r.oid = s.setrole
where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  and (s.setdatabase <> 0 or s.setrole <> 0) and split_part(c, '=', 1) <> 'default_transaction_read_only'`;
const readReplication = `
with others as (select subname, subenabled, subslotname from pg_subscription where subname <> all($1::text[])
  and subdbid = (select oid from pg_database where datname = current_database()))
select (select count(*)::int from pg_replication_slots where slot_name <> all($1::text[])) as slots,
  (select count(*)::int from pg_stat_replication p
    where not exists (select from pg_replication_slots s where s.active_pid = p.pid and s.slot_name = any($1::text[]))) as senders,
  (select count(*)::int from pg_stat_subscription where pid is not null and subname <> all($1::text[])) as workers,
  array(select subname::text from others where subenabled or subslotname is not null order by 1) as subscriptions,
  array(select subname::text from others where not subenabled and subslotname is null order by 1) as detached`;
// A publication of 15 and later may also have its tables by their schema.
const readPublications = (bySchema: boolean) => `
select coalesce(json_agg(json_build_object('name', p.pubname, 'publishes', p.puballtables
    or exists (select from pg_publication_rel r where r.prpubid = p.oid)
    ${bySchema ? 'or exists (select from pg_publication_namespace s where s.pnpubid = p.oid)' : ''}) order by p.pubname), '[]') as publications
from pg_publication p`;
/** What pg_stat_activity calls a process that is no background worker; parallel workers are, and make room by themselves. */
const otherProcesses = [
  'client backend',
  'parallel worker',
  'autovacuum launcher',
  'autovacuum worker',
  'archiver',
  'background writer',
  'checkpointer',
  'io worker',
  'slotsync worker',
  'startup',
  'standalone backend',
  'walreceiver',
  'walsender',
  'walsummarizer',
  'walwriter',
];
const readProcesses = `
select count(*) filter (where backend_type <> all ($1::text[]) and pid <> all (array(
    select pid from pg_stat_subscription where pid is not null and subname = any ($2::text[]))))::int as background,
  count(*) filter (where session)::int as sessions,
  count(*) filter (where session and datname = current_database())::int as "sessionsHere"
from (select *, backend_type = 'client backend' and not (usename = current_user and application_name ~ '^sallyport ') as session
  from pg_stat_activity) a`;
/** Which of everybody's rights on a database there are by default is PostgreSQL's to say. */
const readDatabaseGrants = `
select array(select format('%s to %s', lower(a.privilege_type), coalesce(r.rolname, 'everybody'))
  from pg_database d cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
  left join pg_roles r on r.oid = a.grantee
  where d.datname = current_database() and a.grantee <> d.datdba order by 1) as "databaseGrants"`;

const settings = [
  'wal_level',
  'max_replication_slots',
  'max_active_replication_origins',
  'max_wal_senders',
  'max_worker_processes',
  'max_logical_replication_workers',
  'max_sync_workers_per_subscription',
  'max_slot_wal_keep_size',
  'idle_replication_slot_timeout',
  'max_connections',
  'superuser_reserved_connections',
  'reserved_connections',
];

type DatabaseRow = Pick<SideFacts, 'version' | 'versionText' | 'standby' | 'bytes' | 'encoding'> &
  Omit<Locale, 'actual'>;

type Replication = Pick<SideFacts, 'slots' | 'senders' | 'workers' | 'subscriptions' | 'detached'>;
type Processes = Pick<SideFacts, 'background' | 'sessions' | 'sessionsHere'>;

/** Reads what is asked of both sides alike, in one session, and gives that session to `more`. */
export async function readSide<T>(
  plan: Plan,
  side: Side,
  more: (client: Client, facts: SideFacts) => Promise<T>,
): Promise<T> {
  const name = `sallyport cutover ${plan.id}`;
  const [between, pooledId] = await Promise.all([betweenUs(sideOf(plan, side), name), readPooledId(plan, side, name)]);
  const client = await openSession(plan, side, bounds);
  try {
    return await more(client, { ...(await read(client, plan)), between, pooledId });
  } finally {
    await client.end();
  }
}

async function read(client: Client, plan: Plan): Promise<Omit<SideFacts, 'between' | 'pooledId'>> {
  const { provider, collate, ctype, locale, recorded, ...database } = await one<DatabaseRow>(client, readDatabase);
  const versioned = database.version >= 150_000;
  const { actual } = versioned ? await one<Pick<Locale, 'actual'>>(client, readActualVersion) : { actual: null };
  const names = Object.values(namesOf(plan));
  return {
    id: await databaseId(client),
    ...database,
    locale: { provider, collate, ctype, locale, recorded, actual },
    operator: await one<Operator>(client, readOperator),
    extensions: await mapOf(client, readExtensions),
    settings: await mapOf(client, readSettings, [settings]),
    databaseSettings: await mapOf(client, readDatabaseSettings),
    ...(await one<Replication>(client, readReplication, [names])),
    ...(await one<Processes>(client, readProcesses, [otherProcesses, names])),
    ...(await one<Pick<SideFacts, 'publications'>>(client, readPublications(versioned))),
    ...(await one<Pick<SideFacts, 'databaseGrants'>>(client, readDatabaseGrants)),
  };
}

/** Where the application's own, pooled address leads. */
async function readPooledId(plan: Plan, side: Side, name: string): Promise<string | undefined> {
  const { pooled } = plan[side];
  if (pooled === undefined) return undefined;
  const client = await sessionsTo(databaseIn(pooled), name)();
  try {
    return await databaseId(client);
  } finally {
    await (client as Client).end();
  }
}

/** The one row of a query. */
export async function one<T extends object>(client: Client, sql: string, values: readonly unknown[] = []): Promise<T> {
  const { rows } = await client.query<T>(sql, [...values]);
  const [row] = rows;
  if (row === undefined) throw new Error('the server gave no row of a query that always has one');
  return row;
}

async function mapOf(client: Client, sql: string, values: readonly unknown[] = []): Promise<Record<string, string>> {
  return (await one<{ found: Record<string, string> }>(client, sql, values)).found;
}

import type { ClientBase } from 'pg';
import { applicationRelations } from './application-relations.ts';

/** A session of somebody else that could write, or does. */
export interface WritingSession {
  readonly pid: number;
  readonly role: string;
  readonly application: string;
  readonly kind: string;
  /** It has changed something, or holds a lock for it, in a transaction that is still open. */
  readonly writing: boolean;
}

/**
 * Roles that could write: superusers, whoever holds a right on anything of the application, whoever is a member of one that
 * does, inheriting or by `set role`, and whoever may call a volatile function that runs with the rights of one that does.
 */
const couldWrite = `
relations as materialized (${applicationRelations}), holders as materialized (
  select r.oid from pg_catalog.pg_roles r where r.rolsuper or exists (
    select from relations t where case t.relkind
      when 'S' then pg_catalog.has_sequence_privilege(r.oid, t.oid, 'USAGE, UPDATE')
      else pg_catalog.has_table_privilege(r.oid, t.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        or pg_catalog.has_any_column_privilege(r.oid, t.oid, 'INSERT, UPDATE') end)
), members as materialized (
  select r.oid from pg_catalog.pg_roles r
  where exists (select from holders h where pg_catalog.pg_has_role(r.oid, h.oid, 'MEMBER'))
), doors as materialized (
  select p.oid from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.prosecdef and p.provolatile = 'v' and p.proowner in (select oid from members)
    and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport')
    and not exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
), writers as materialized (
  select oid from members union
  select r.oid from pg_catalog.pg_roles r where exists (
    select from doors d join pg_catalog.pg_proc p using (oid)
    where pg_catalog.has_function_privilege(r.oid, d.oid, 'EXECUTE')
      and pg_catalog.has_schema_privilege(r.oid, p.pronamespace, 'USAGE'))
)`;

/**
 * Sessions of this database that began before a moment and could write, or that write now. The operator's own sessions of
 * this tool and the ledger's are left out; so are those that only send the log to a subscriber.
 */
const readSessions = `
with ${couldWrite}
select a.pid, a.usename::text as role, a.application_name as application, a.backend_type as kind,
  a.backend_xid is not null or exists (
    select from pg_catalog.pg_locks l where l.pid = a.pid and l.locktype = 'relation' and l.granted
      and l.mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
      and l.relation in (select oid from relations)) as writing
from pg_catalog.pg_stat_activity a
where a.datname = current_database() and a.pid <> pg_catalog.pg_backend_pid() and a.usesysid is not null
  and a.usename <> $1 and not (a.usename = session_user and a.application_name like 'sallyport %')
  and coalesce(a.backend_type, '') not in ('walsender', 'parallel worker', 'autovacuum worker')
  and (a.backend_start <= $2::timestamptz and a.usesysid in (select oid from writers)
    or a.backend_xid is not null
    or exists (select from pg_catalog.pg_locks l where l.pid = a.pid and l.locktype = 'relation' and l.granted
      and l.mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
      and l.relation in (select oid from relations)))
order by a.pid`;
const readPrepared = `
select gid from pg_catalog.pg_prepared_xacts where database = current_database() order by gid`;
const mayLook = `
select pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') as looks`;
const readNow = `select clock_timestamp()::text as now`;
const end = `select pg_catalog.pg_terminate_backend($1) as sent`;

/** Sessions that could write and began before `since`, and whatever writes now. */
export async function writingSessions(
  client: ClientBase,
  ledgerRole: string,
  since: string,
): Promise<readonly WritingSession[]> {
  return (await client.query<WritingSession>(readSessions, [ledgerRole, since])).rows;
}

/** Transactions that were prepared for a two-phase commit: they write when somebody commits them. */
export async function preparedTransactions(client: ClientBase): Promise<readonly string[]> {
  return (await client.query<{ gid: string }>(readPrepared)).rows.map(({ gid }) => gid);
}

/** Whether what other sessions do is shown to the operator at all. */
export async function seesSessions(client: ClientBase): Promise<boolean> {
  return (await client.query<{ looks: boolean }>(mayLook)).rows[0]?.looks === true;
}

/** The server's clock. */
export async function serverNow(client: ClientBase): Promise<string> {
  return (await client.query<{ now: string }>(readNow)).rows[0]?.now ?? '';
}

/** Ends a session; one that is gone already is ended. @throws the server's error where the operator may not. */
export async function endSession(client: ClientBase, pid: number): Promise<void> {
  await client.query(end, [pid]);
}

/** A session as a finding names it. */
export function nameOf({ pid, role, application, kind }: WritingSession): string {
  const what = application === '' ? kind : `${kind} "${application}"`;
  return `${what} of role ${role}, pid ${pid}`;
}

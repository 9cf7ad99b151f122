import { setTimeout as pause } from 'node:timers/promises';
import { type ClientBase, DatabaseError } from 'pg';
import { poll } from '../../kernel/deadline.ts';
import { gateError } from '../../kernel/gate-error.ts';

/** A logical slot on the source. */
export interface Slot {
  readonly name: string;
  readonly database: string | null;
  readonly plugin: string | null;
  /** Of the process that reads from it. */
  readonly pid: number | null;
  /** `reserved`, `extended`; `unreserved` is lost at the next checkpoint, `lost` is lost. */
  readonly status: string | null;
  readonly confirmed: string | null;
  /** Bytes of WAL that the source keeps for it. */
  readonly kept: number;
  /** Bytes of WAL that its reader has not confirmed. */
  readonly behind: number;
}

const columns = `s.slot_name::text as name, s.database::text, s.plugin::text, s.active_pid as pid, s.wal_status as status,
  s.confirmed_flush_lsn::text as confirmed,
  coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn), 0)::float8 as kept,
  coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn), 0)::float8 as behind`;
const readNamed = `select ${columns} from pg_replication_slots s where s.slot_name = $1`;
/** Slots of the copies of single tables, as PostgreSQL names them: `pg_<subscription>_sync_<table>_<system of the target>`. */
const readSync = `
select ${columns} from pg_replication_slots s
where s.database = current_database() and s.slot_name ~ ('^pg_[0-9]+_sync_[0-9]+_' || $1 || '$') order by 1`;
const here = `select current_database()::text as database`;
const create = `select from pg_create_logical_replication_slot($1, 'pgoutput')`;
const drop = `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1`;
const endReader = `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active_pid is not null`;
const readReader = `
select format('pid %s, %s from %s', a.pid, a.application_name, coalesce(host(a.client_addr), 'the server itself')) as line
from pg_replication_slots s join pg_stat_activity a on a.pid = s.active_pid where s.slot_name = $1`;
/** For a reader that was just ended to be gone, in milliseconds. */
const goneMs = 15_000;
const oldest = `
select line from (
  select format('a transaction of %s (pid %s) since %s', usename, pid, xact_start::timestamptz(0)) as line, xact_start as since
  from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()
  union all
  select format('prepared transaction %s of %s in %s since %s', gid, owner, database, prepared::timestamptz(0)), prepared
  from pg_prepared_xacts
) open order by since limit 1`;

/** A slot by its name, wherever it belongs: names are the whole server's. */
export async function readSlot(source: ClientBase, name: string): Promise<Slot | undefined> {
  return (await source.query<Slot>(readNamed, [name])).rows[0];
}

/** The slots by which a target's subscriptions copy single tables of this database. The system may be a pattern. */
export async function readSyncSlots(source: ClientBase, targetSystem: string): Promise<readonly Slot[]> {
  return (await source.query<Slot>(readSync, [targetSystem])).rows;
}

/** @throws GateError REPLICATION_SLOT_TAKEN where the slot of this name is not one of a subscription to this database. */
export async function demandOwn(source: ClientBase, name: string): Promise<Slot | undefined> {
  const slot = await readSlot(source, name);
  const { rows } = await source.query<{ database: string }>(here);
  if (slot === undefined || (slot.plugin === 'pgoutput' && slot.database === rows[0]?.database)) return slot;
  const found = `a slot of ${slot.database ?? 'a standby'} (${slot.plugin ?? 'physical'})`;
  throw gateError('REPLICATION_SLOT_TAKEN', name, found, 'a name that nobody uses');
}

/**
 * Nobody reads from the slot, where none of ours should: another target that was not told that its cutover is over would
 * take the slot of the new one for its own, and confirm what only it has.
 * @throws GateError REPLICATION_SLOT_TAKEN, with the reader.
 */
export async function demandUnread(source: ClientBase, name: string): Promise<void> {
  const bound = AbortSignal.timeout(goneMs);
  let reader = '';
  await poll(bound, 200, async () => {
    const { rows } = await source.query<{ line: string }>(readReader, [name]);
    reader = rows[0]?.line ?? '';
    return reader === '' ? true : undefined;
  }).catch((error: unknown) => {
    if (!bound.aborted) throw error;
    throw gateError('REPLICATION_SLOT_TAKEN', name, `read by ${reader}`, 'a slot that only this target reads', error);
  });
}

/**
 * Makes a slot. It waits for every transaction that is open on the server, up to the session's statement timeout.
 * @throws GateError REPLICATION_SLOT_WAITS, with the oldest transaction.
 */
export async function createSlot(source: ClientBase, name: string): Promise<void> {
  try {
    await source.query(create, [name]);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '57014') throw error;
    const { rows } = await source.query<{ line: string }>(oldest);
    const found = rows[0]?.line ?? 'no slot in time';
    throw gateError('REPLICATION_SLOT_WAITS', name, found, 'no transaction that stays open', error);
  }
}

/** Drops a slot, whoever reads from it: the reader is ended first. Idempotent. */
export async function dropSlot(source: ClientBase, name: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    await source.query(endReader, [name]);
    try {
      await source.query(drop, [name]);
      return;
    } catch (error) {
      const code = error instanceof DatabaseError ? error.code : undefined;
      if (code === '42704') return; // gone between the two
      if (code !== '55006' || tries >= 100) throw error;
      await pause(100); // its reader is on its way out, or has come back once more
    }
  }
}

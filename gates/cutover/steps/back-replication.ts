import pg, { type ClientBase } from 'pg';
import { poll } from '../../kernel/deadline.ts';
import { gateError } from '../../kernel/gate-error.ts';
import { readTableShapes } from '../../verify/table-shape.ts';
import { letReplicationIn } from '../freeze/let-replication-in.ts';
import { namesOf, type Plan } from '../plan.ts';
import { serverVersion } from '../server-version.ts';
import { targetConninfo } from './target-conninfo.ts';

// The way back: what is written on the target after the flip. With a reverse replication the frozen source follows it;
// without one a slot keeps it, so that what going back would lose can be counted.

const lookMs = 50;

const readLevel = `select current_setting('wal_level') as level`;
const createSlot = `
select pg_catalog.pg_create_logical_replication_slot($1, 'pgoutput')
where not exists (select from pg_catalog.pg_replication_slots where slot_name = $1)`;
const dropSlot = `
select pg_catalog.pg_drop_replication_slot(slot_name) from pg_catalog.pg_replication_slots
where slot_name = $1 and database = current_database()`;
const isPublished = `select from pg_catalog.pg_publication where pubname = $1`;
const readSlot = `
select s.wal_status as status, s.active, s.confirmed_flush_lsn >= $2::pg_lsn as passed
from pg_catalog.pg_replication_slots s where s.slot_name = $1 and s.database = current_database()`;
const readSubscription = `
select subenabled as enabled from pg_catalog.pg_subscription
where subname = $1 and subdbid = (select oid from pg_catalog.pg_database where datname = current_database())`;
const handOver = `select set_config('sallyport.connection', $1, true)`;
const nudge = `select pg_catalog.pg_logical_emit_message(true, 'sallyport', '')`;
const readFollowed = `
select format('%I.%I', n.nspname, c.relname) as name
from pg_catalog.pg_publication p join pg_catalog.pg_publication_rel r on r.prpubid = p.oid
join pg_catalog.pg_class c on c.oid = r.prrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where p.pubname = $1`;
const countChanges = `
select count(*) filter (where get_byte(data, 0) in (73, 85, 68))::text as rows,
  count(*) filter (where get_byte(data, 0) = 84)::int as truncations
from pg_catalog.pg_logical_slot_peek_binary_changes($1, null, null, 'proto_version', '1', 'publication_names', $2)`;

/** Whether the server keeps a log that changes can be read from. */
export async function isFollowable(client: ClientBase): Promise<boolean> {
  return (await client.query<{ level: string }>(readLevel)).rows[0]?.level === 'logical';
}

/**
 * Opens the slot on the target that everything written there from now on is read from. Idempotent.
 * @throws GateError BACK_IMPOSSIBLE where the server's log cannot be followed.
 */
export async function openBackSlot(target: ClientBase, plan: Pick<Plan, 'id'>): Promise<void> {
  const { back } = namesOf(plan);
  if (!(await isFollowable(target))) {
    throw gateError('BACK_IMPOSSIBLE', 'target', 'a wal_level below logical', 'wal_level logical, or reverse: false');
  }
  if ((await target.query(isPublished, [back])).rowCount === 0) {
    const tables = (await readTableShapes(target)).map(({ name }) => `only ${name}`);
    const listed = tables.length === 0 ? '' : `for table ${tables.join(', ')}`;
    await target.query(
      `create publication ${pg.escapeIdentifier(back)} ${listed} with (publish_via_partition_root = true)`,
    );
  }
  await target.query(createSlot, [back]);
}

/**
 * Lets the source follow the target from the slot's position on. The slot has to be there, and the target must not have been
 * written to by the application before it was. Idempotent.
 */
export async function startBack(ledger: ClientBase, source: ClientBase, target: ClientBase, plan: Plan): Promise<void> {
  const { back } = namesOf(plan);
  await openBackSlot(target, plan);
  await letReplicationIn(ledger, source, plan, 'source');
  if ((await source.query(readSubscription, [back])).rowCount === 1) {
    await source.query(`alter subscription ${pg.escapeIdentifier(back)} enable`);
    return;
  }
  const version = await serverVersion(source);
  await source.query('begin read write');
  try {
    await source.query(handOver, [targetConninfo(plan)]);
    await source.query(creation(back, version));
    await source.query('commit');
  } catch (error) {
    await source.query('rollback');
    throw error;
  }
}

/** Ends it: subscription on the source, slot and publication on the target. Idempotent. */
export async function stopBack(source: ClientBase, target: ClientBase, plan: Pick<Plan, 'id'>): Promise<void> {
  const { back } = namesOf(plan);
  const name = pg.escapeIdentifier(back);
  if ((await source.query(readSubscription, [back])).rowCount === 1) {
    await source.query(`alter subscription ${name} disable`);
    await source.query(`alter subscription ${name} set (slot_name = none)`);
    await source.query(`drop subscription ${name}`);
  }
  await closeBackSlot(target, plan);
}

/** Drops slot and publication on the target, once nobody reads from it. Idempotent. */
export async function closeBackSlot(target: ClientBase, plan: Pick<Plan, 'id'>): Promise<void> {
  const { back } = namesOf(plan);
  const bound = AbortSignal.timeout(10_000);
  await poll(bound, lookMs, async () => {
    const { rows } = await target.query<{ active: boolean }>(readSlot, [back, '0/0']);
    return rows[0]?.active === true ? undefined : true;
  }).catch((error: unknown) => {
    if (!bound.aborted) throw error;
    throw gateError('REPLICATION_LEFT', back, 'a slot of the target that is still read from', 'no reader', error);
  });
  await target.query(dropSlot, [back]);
  await target.query(`drop publication if exists ${pg.escapeIdentifier(back)}`);
}

/** How the source follows the target: `follows`, or why it does not. */
export async function backState(source: ClientBase, target: ClientBase, plan: Pick<Plan, 'id'>): Promise<string> {
  const { back } = namesOf(plan);
  const [subscription] = (await source.query<{ enabled: boolean }>(readSubscription, [back])).rows;
  const [slot] = (await target.query<{ status: string }>(readSlot, [back, '0/0'])).rows;
  if (subscription === undefined) return 'no subscription on the source';
  if (!subscription.enabled) return 'a subscription that was stopped';
  if (slot === undefined) return 'no slot on the target';
  return slot.status === 'lost' ? 'a slot whose log is lost' : 'follows';
}

/**
 * Waits until the source has applied all that was committed on the target up to an LSN.
 * @throws GateError BACK_STUCK where it does not follow any more; the signal's reason.
 */
export async function backApplied(
  source: ClientBase,
  target: ClientBase,
  plan: Pick<Plan, 'id'>,
  lsn: string,
  signal: AbortSignal,
): Promise<void> {
  const { back } = namesOf(plan);
  await poll(signal, lookMs, async () => {
    // What is asked for may lie where nothing follows: a subscription confirms only what it has read past.
    await target.query(nudge);
    const [slot] = (await target.query<{ passed: boolean }>(readSlot, [back, lsn])).rows;
    if (slot?.passed === true) return true;
    const state = await backState(source, target, plan);
    if (state === 'follows') return undefined;
    throw gateError('BACK_STUCK', back, state, 'a source that follows the target');
  });
}

/** Tables of the target whose changes are neither followed nor counted: made since the flip, by whatever hand. */
export async function unfollowedTables(target: ClientBase, plan: Pick<Plan, 'id'>): Promise<readonly string[]> {
  const { rows } = await target.query<{ name: string }>(readFollowed, [namesOf(plan).back]);
  const followed = new Set(rows.map(({ name }) => name));
  return (await readTableShapes(target)).map(({ name }) => name).filter((name) => !followed.has(name));
}

/** Rows written on the target since the slot was opened; undefined where that is not known, or not read within the bound. */
export async function writtenSince(
  target: ClientBase,
  plan: Pick<Plan, 'id'>,
  boundSeconds: number,
): Promise<string | undefined> {
  const { back } = namesOf(plan);
  const [slot] = (await target.query<{ status: string }>(readSlot, [back, '0/0'])).rows;
  if (slot === undefined || slot.status === 'lost') return undefined;
  await target.query('begin');
  try {
    await target.query(`set local statement_timeout = '${boundSeconds * 1000}ms'`);
    const { rows } = await target.query<{ rows: string; truncations: number }>(countChanges, [
      back,
      pg.escapeIdentifier(back),
    ]);
    const [counted] = rows;
    if (counted === undefined) return undefined;
    return counted.truncations === 0 ? counted.rows : `${counted.rows} rows, and ${counted.truncations} truncations`;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '57014') return undefined;
    throw error;
  } finally {
    await target.query('rollback');
  }
}

/** The password is in no statement's text, so in no view of running statements and in no error's context. */
function creation(back: string, version: number): string {
  const options = [
    'create_slot = false',
    `slot_name = ${pg.escapeIdentifier(back)}`,
    'copy_data = false',
    // It tries again by itself: a connection that is cut is an error too, and nobody is there to let it go on.
    // The owners of the source's tables may have lost their rights with the freeze; the operator has its own.
    ...(version >= 160_000 ? ['run_as_owner = true', 'origin = none'] : []),
  ];
  const name = pg.escapeIdentifier(back);
  const statement = `create subscription ${name} connection %L publication ${name} with (${options.join(', ')})`;
  return `do $outer$ begin
  execute format($inner$${statement}$inner$, current_setting('sallyport.connection'));
exception when others then raise exception using errcode = sqlstate, message = sqlerrm;
end $outer$`;
}

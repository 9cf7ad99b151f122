import type { ClientBase } from 'pg';
import { z } from 'zod';
import { findingsOf, GateError, gateError, messageOf } from '../../kernel/gate-error.ts';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import { refusedBySource } from './feed-error.ts';
import { readFollowed } from './followed.ts';
import { writersEnded } from './writers-ended.ts';

/** Where a feed is: its slot, and the publication that says what is in it. */
export interface FeedNames {
  readonly slot: string;
  readonly publication: string;
}

/** A feed as it is carried from its opening to the freeze, in JSON. */
export const feedSchema = z.strictObject({
  slot: z.string().min(1),
  publication: z.string().min(1),
  lsn: z.string().describe('transactions that committed from here on are in the feed'),
  files: z
    .record(z.string(), z.record(z.string(), z.string()))
    .describe('table → what holds its rows (oid → file) when the feed was opened'),
});

/** An open feed: from it is read which rows were touched since. Without the very position it was opened at, it is another one. */
export type Feed = z.infer<typeof feedSchema>;

const dropSlot = `select pg_catalog.pg_drop_replication_slot(slot_name) from pg_catalog.pg_replication_slots where slot_name = $1`;
const createSlot = `select lsn::text as lsn from pg_catalog.pg_create_logical_replication_slot($1, 'pgoutput')`;
const advanceSlot = `select pg_catalog.pg_replication_slot_advance(slot_name, $2::pg_lsn)
from pg_catalog.pg_replication_slots where slot_name = $1 and confirmed_flush_lsn < $2::pg_lsn`;
const readSlot = `
select s.plugin, s.database, s.wal_status as status, to_jsonb(s) ->> 'invalidation_reason' as invalid, s.confirmed_flush_lsn::text as lsn,
  s.plugin = 'pgoutput' and s.database = current_database() and s.wal_status <> 'lost'
  and to_jsonb(s) ->> 'invalidation_reason' is null and s.confirmed_flush_lsn <= $2::pg_lsn as whole
from pg_catalog.pg_replication_slots s where s.slot_name = $1`;

/** How long the opening may wait for transactions that write. */
export interface OpenFeedOptions {
  readonly signal?: AbortSignal;
  /** 300. */
  readonly boundSeconds?: number;
}

/**
 * Opens a feed on the source, in a session outside of any transaction; one of that name that is there goes. Waits for the
 * transactions that write now: what the slot leaves out of it, every snapshot from here on shows.
 * @throws GateError FEED_REFUSED, and then there is no slot, or REPLICATION_LEFT with it; the signal's reason.
 */
export async function openFeed(
  client: ClientBase,
  { slot, publication }: FeedNames,
  { signal = new AbortController().signal, boundSeconds = 300 }: OpenFeedOptions = {},
): Promise<Feed> {
  await closeFeed(client, slot);
  try {
    const { files } = await readFollowed(client, { publication });
    await client.query(`begin; set local statement_timeout = '${boundSeconds}s'`);
    const created = await client.query<{ lsn: string }>(createSlot, [slot]);
    await client.query('commit');
    if (!(await writersEnded(client, signal, boundSeconds))) {
      throw gateError('FEED_REFUSED', slot, `transactions that write for ${boundSeconds} s`, 'that each of them ends');
    }
    return { slot, publication, lsn: String(created.rows[0]?.lsn), files };
  } catch (error) {
    const refused = refusedBySource(error, slot);
    await client.query('rollback').catch(() => undefined); // what follows needs no transaction, and fails where this does
    const left = await leftOf(client, slot);
    if (left.length === 0 || signal.aborted) throw refused;
    throw new GateError([...findingsOf(refused, slot), ...left], error);
  }
}

/** Drops the slot; where the session is what failed it stays, and is found by its name by the next that opens or closes it. */
async function leftOf(client: ClientBase, slot: string): Promise<readonly Finding[]> {
  try {
    await client.query(dropSlot, [slot]);
    return [];
  } catch (error) {
    return [blocker('REPLICATION_LEFT', slot, `a slot that may be there: ${messageOf(error)}`, 'none on the source')];
  }
}

/** Removes a feed's slot; none there is as good. @throws GateError FEED_REFUSED while something reads from it. */
export async function closeFeed(client: ClientBase, slot: string): Promise<void> {
  try {
    await client.query(dropSlot, [slot]);
  } catch (error) {
    throw refusedBySource(error, slot);
  }
}

/**
 * Lets go of what was read up to there, and is kept elsewhere; also when that was done before and not noted.
 * @throws GateError FEED_LOST when more was let go.
 */
export async function advanceFeed(client: ClientBase, feed: Feed, upTo: string): Promise<Feed> {
  const advanced = { ...feed, lsn: upTo };
  await demandFeed(client, advanced);
  try {
    await client.query(advanceSlot, [feed.slot, upTo]);
  } catch (error) {
    throw refusedBySource(error, feed.slot);
  }
  return advanced;
}

/** Demands that the slot still has every change from the feed's position on. @throws GateError FEED_LOST. */
export async function demandFeed(client: ClientBase, { slot, lsn }: Feed): Promise<void> {
  const { rows } = await client.query<Record<'plugin' | 'database' | 'status' | 'invalid' | 'lsn', string | null>>(
    readSlot,
    [slot, lsn],
  );
  const [found] = rows;
  if (found !== undefined && (found as { whole?: boolean | null }).whole === true) return;
  const told = found && [
    `plugin ${found.plugin} in ${found.database}, wal_status ${found.status}`,
    ...(found.invalid === null ? [] : [`invalid: ${found.invalid}`]),
    `from ${found.lsn} on`,
  ];
  throw gateError('FEED_LOST', slot, told?.join(', ') ?? 'no such slot', `a slot of this database from ${lsn} on`);
}

import type { ClientBase } from 'pg';
import pg from 'pg';
import { GateError, gateError } from '../../kernel/gate-error.ts';
import { endWithUs, pinned } from '../snapshot.ts';
import { demandFeed, type Feed } from './feed.ts';
import { unreadFeed } from './feed-error.ts';
import { type Followed, readFollowed } from './followed.ts';
import { type PgoutputMessage, parsePgoutput } from './pgoutput.ts';
import { collectTouched, type Touched } from './touched-keys.ts';

/** Bounds of a reading. */
export interface ReadTouchedOptions {
  /** Keys of all tables together; the table that goes beyond them is touched as a whole. 1 million. */
  readonly mostKeys?: number;
  /** Seconds for each statement; the first one decodes all of the log. 3600. */
  readonly boundSeconds?: number;
}

/** Messages that our process holds at once. */
const batch = 5_000;
/** A transaction that changes nothing, and whose commit brings all of the log before it to the disk. */
const flush = `select pg_catalog.pg_logical_emit_message(true, 'sallyport', 'read up to here')`;
const readFlushed = `select pg_catalog.pg_current_wal_flush_lsn() >= $1::pg_lsn as flushed, pg_catalog.pg_current_wal_flush_lsn()::text as lsn`;
/** Messages without rows are left out by their first letter: C, O, Y, M, and B where nobody asks for it. */
const declare = (left: string) => `declare touched no scroll cursor for
select data from pg_catalog.pg_logical_slot_peek_binary_changes($1, $2::pg_lsn, null, 'proto_version', '1', 'publication_names', $3)
where get_byte(data, 0) <> all ('{${left}}'::int4[])`;
const rowsOnly = declare('66,67,79,89,77');
const rowsAndBegins = declare('67,79,89,77');

/**
 * Reads which rows were touched by the transactions from the feed's position to `upTo`, in a session of the source that is in
 * no transaction. What is read stays in the feed: a reading that is killed has lost nothing.
 * @throws GateError FEED_LOST, FEED_UNREADABLE, FEED_REFUSED or DATABASE_UNREACHABLE: then it is not known what was touched.
 */
export async function readTouched(
  client: ClientBase,
  feed: Feed,
  upTo: string,
  options: ReadTouchedOptions = {},
): Promise<Touched> {
  const collected = await readFeed(client, feed, upTo, rowsOnly, options, (followed, mostKeys) =>
    collectTouched(followed, mostKeys),
  );
  return collected.touched(upTo);
}

/** The same in one reading, parted by the position at which transactions committed. */
export async function readTouchedAround(
  client: ClientBase,
  feed: Feed,
  at: string,
  upTo: string,
  options: ReadTouchedOptions = {},
): Promise<{ readonly before: Touched; readonly since: Touched }> {
  const border = numberOf(at);
  const collected = await readFeed(client, feed, upTo, rowsAndBegins, options, (followed, mostKeys) => {
    const [before, since] = [collectTouched(followed, mostKeys), collectTouched(followed, mostKeys)];
    let current = before;
    return {
      take: (message: PgoutputMessage) => {
        if (message.kind === 'begin') current = message.commit < border ? before : since;
        // A relation is announced once, for the rows of all transactions.
        for (const each of message.kind === 'relation' ? [before, since] : [current]) each.take(message);
      },
      both: () => ({ before: before.touched(at), since: since.touched(upTo) }),
    };
  });
  return collected.both();
}

async function readFeed<Collected extends { take(message: PgoutputMessage): void }>(
  client: ClientBase,
  feed: Feed,
  upTo: string,
  messages: string,
  { mostKeys = 1_000_000, boundSeconds = 3600 }: ReadTouchedOptions,
  collect: (followed: Followed, mostKeys: number) => Collected,
): Promise<Collected> {
  try {
    await demandFeed(client, feed);
    await flushLog(client);
    const { flushed, lsn } = (await client.query<{ flushed: boolean; lsn: string }>(readFlushed, [upTo])).rows[0] ?? {};
    if (flushed !== true) throw gateError('FEED_UNREADABLE', feed.slot, `a log up to ${lsn}`, `one up to ${upTo}`);
    const collected = collect(await readFollowed(client, feed), mostKeys);
    await client.query('begin');
    await client.query(pinned);
    await client.query(`set local statement_timeout = '${boundSeconds}s'; set local lock_timeout = '5s'`);
    await client.query(endWithUs);
    await client.query(messages, [feed.slot, upTo, pg.escapeIdentifier(feed.publication)]);
    for (;;) {
      const { rows } = await client.query<{ data: Buffer }>(`fetch ${batch} from touched`);
      for (const { data } of rows) collected.take(parsePgoutput(data));
      if (rows.length < batch) break;
    }
    await client.query('commit');
    return collected;
  } catch (error) {
    if (!(error instanceof GateError)) await client.query('rollback').catch(() => undefined);
    throw unreadFeed(error, feed.slot);
  }
}

/** A position as pgoutput writes it: `X/Y` are its two halves in hex. */
function numberOf(lsn: string): bigint {
  const [high, low] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** Brings the log to the disk, up to what is written now: what is not there yet is not decoded. */
export async function flushLog(client: ClientBase): Promise<void> {
  // A frozen source has read-only transactions by default; waiting for a standby is not what this is for.
  await client.query('begin read write; set local synchronous_commit = local');
  await client.query(flush);
  await client.query('commit');
}

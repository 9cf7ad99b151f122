import type { ClientBase } from 'pg';
import type { Finding } from '../../kernel/verdict.ts';
import type { SettledRows } from '../compare-tables.ts';
import { compareCounts } from '../counts.ts';
import { demandFeed, type Feed } from './feed.ts';
import { readPosition } from './position.ts';
import { flushLog, readTouched } from './read-touched.ts';
import type { Touched } from './touched-keys.ts';

/** A source that is written to while it is verified. */
export interface MovingSource {
  /** Opened before the verification. */
  readonly feed: Feed;
  /** Returns when the target has applied everything that the source committed before this position. */
  applied(lsn: string, signal: AbortSignal): Promise<void>;
  /** Rows of all tables that may move; beyond them it is not known which do. 1 million. */
  readonly mostRows?: number;
}

/** What moved while a source was verified, and was left out on both sides. */
export interface MovingRows {
  /** The position to which the source was verified. */
  readonly lsn: string;
  /** The position up to which rows were touched that the target's snapshot may have. */
  readonly upTo: string;
  /** Table → rows that were touched; `all` where it is not known which. */
  readonly rows: Readonly<Record<string, number | 'all'>>;
}

/** Waits until a snapshot of the target has what the source's has, while the feed goes on. @throws GateError FEED_LOST; what `applied` throws. */
export async function targetMayBeSeen(
  client: ClientBase,
  { feed, applied }: MovingSource,
  lsn: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  await demandFeed(client, feed);
  // A quiet source does not send what is not on the disk yet: nobody would ever apply it.
  await flushLog(client);
  await applied(lsn as string, signal);
}

/**
 * Reads what was touched up to a position that no snapshot of the target taken before can be beyond: rows outside of it are
 * the same in every snapshot of the source since the feed was opened.
 * @throws GateError FEED_LOST, FEED_UNREADABLE or FEED_REFUSED.
 */
export async function touchedSince(
  client: ClientBase,
  { feed, mostRows }: MovingSource,
  { minutes }: { readonly minutes: number },
): Promise<Touched> {
  const bounds = { boundSeconds: Math.ceil(minutes * 60), ...(mostRows !== undefined && { mostKeys: mostRows }) };
  return readTouched(client, feed, await readPosition(client), bounds);
}

/** What is recorded of the rows that move. */
export function movingRows(lsn: string | undefined, { upTo, tables }: Touched): MovingRows {
  const rows = [...tables].map(([name, of]) => [name, of.kind === 'all' ? of.kind : of.keys.size] as const);
  return { lsn: String(lsn), upTo, rows: Object.fromEntries(rows) };
}

/** The same in one line. */
export function movingLine({ upTo, rows }: MovingRows): string {
  const counts = Object.values(rows);
  const known = counts.reduce<number>((all, count) => all + (count === 'all' ? 0 : count), 0);
  const whole = counts.filter((count) => count === 'all').length;
  return `source moves: ${known} rows touched up to ${upTo}${whole > 0 ? `, and ${whole} tables of which it is not known where` : ''}`;
}

/** Where the two sides do not have as many rows that stand still. */
export function settledCounts(settled: ReadonlyMap<string, SettledRows>): readonly Finding[] {
  const of = (side: keyof SettledRows) => new Map([...settled].map(([name, rows]) => [name, rows[side]]));
  return compareCounts(of('source'), of('target'), 'exact');
}

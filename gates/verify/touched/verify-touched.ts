import type { ClientBase } from 'pg';
import { type OpenSession, openSnapshot, type Snapshot } from '../snapshot.ts';
import { type CompareTouchedOptions, compareTouched, type TouchedComparison } from './compare-touched.ts';
import type { Feed } from './feed.ts';
import { readPosition } from './position.ts';
import { readTouched } from './read-touched.ts';
import type { Touched, TouchedTable } from './touched-keys.ts';

/** What is asked of the last comparison. */
export interface VerifyTouchedOptions extends CompareTouchedOptions {
  readonly feed: Feed;
  /** What was read of the feed before, and let go from it. */
  readonly before?: Touched;
  /** Sessions on each side. */
  readonly workers: number;
  /** Seconds for each statement. */
  readonly boundSeconds: number;
}

/** What the last comparison came to, with the position up to which the source was compared. */
export interface VerifiedTouched extends TouchedComparison {
  readonly upTo: string;
}

/**
 * Compares every row that was touched since the feed was opened. Both sides must stand still: writes of the source are frozen,
 * and the target has applied all. Together with a verification of the moving source after the feed was opened, this is every
 * row of the database.
 * @throws GateError FEED_LOST, FEED_UNREADABLE, FEED_REFUSED or DATABASE_UNREACHABLE; what the server says.
 */
export async function verifyTouched(
  open: { readonly source: OpenSession; readonly target: OpenSession },
  { feed, before, workers, boundSeconds, ...options }: VerifyTouchedOptions,
): Promise<VerifiedTouched> {
  const opened: Snapshot[] = [];
  const snapshot = async (session: OpenSession) => {
    const side = await openSnapshot(session, workers, boundSeconds);
    opened.push(side);
    return side;
  };
  try {
    const [source, target] = await both([snapshot(open.source), snapshot(open.target)]);
    const client = await open.source();
    opened.push({ lsn: undefined, sessions: [client], close: () => client.end() });
    // Up to a position after both snapshots: whatever one of them shows is among what was touched.
    const touched = merged(before, await readAll(client, feed, boundSeconds));
    return { ...(await compareTouched(source, target, touched, options)), upTo: touched.upTo };
  } finally {
    await Promise.all(opened.map((side) => side.close()));
  }
}

/** Both, after neither is being opened any more: what was opened is closed by the caller. */
async function both(opening: readonly [Promise<Snapshot>, Promise<Snapshot>]): Promise<readonly [Snapshot, Snapshot]> {
  await Promise.allSettled(opening);
  return [await opening[0], await opening[1]];
}

async function readAll(client: ClientBase, feed: Feed, boundSeconds: number): Promise<Touched> {
  return readTouched(client, feed, await readPosition(client), { boundSeconds });
}

/** What two readings tell, one after the other, of one feed. */
export function merged(before: Touched | undefined, then: Touched): Touched {
  const tables = new Map<string, TouchedTable>(before?.tables ?? []);
  for (const [name, of] of then.tables) tables.set(name, mergedTable(tables.get(name), of));
  return { upTo: then.upTo, tables };
}

function mergedTable(before: TouchedTable | undefined, then: TouchedTable): TouchedTable {
  if (before === undefined || then.kind === 'all') return then;
  if (before.kind === 'all') return before;
  if (before.columns.join('\0') !== then.columns.join('\0')) return { kind: 'all', why: 'its key became another one' };
  return { kind: 'keys', columns: then.columns, keys: new Set([...before.keys, ...then.keys]) };
}

import { type OpenSession, openSnapshot, type Snapshot } from '../snapshot.ts';
import { compareTouched, type TouchedComparison } from './compare-touched.ts';
import { type MovingSource, targetMayBeSeen } from './moving-source.ts';
import { readPosition } from './position.ts';
import { readTouchedAround } from './read-touched.ts';
import type { Touched, TouchedTable } from './touched-keys.ts';
import { merged, type VerifyTouchedOptions } from './verify-touched.ts';
import { writersEnded } from './writers-ended.ts';

/** What is asked of a comparison while the source is written to. */
export interface CompareAheadOptions extends VerifyTouchedOptions, Pick<MovingSource, 'applied'> {
  readonly signal: AbortSignal;
  /** How long it may wait for transactions that write. */
  readonly waitSeconds: number;
}

/** What it came to. */
export interface ComparedAhead extends TouchedComparison {
  /** What is left for the comparison of frozen writes: rows that were touched meanwhile, and tables not known row by row. */
  readonly left: Touched;
}

/**
 * Compares the rows that were touched and rest again, while the source is written to: what is left to compare when writes are
 * frozen is what was touched in the last moments, however long ago the verification was. Undefined where transactions
 * write for longer than it may wait. Nothing is let go of the feed.
 * @throws GateError FEED_LOST, FEED_UNREADABLE, FEED_REFUSED or DATABASE_UNREACHABLE; what `applied` throws.
 */
export async function compareAhead(
  open: { readonly source: OpenSession; readonly target: OpenSession },
  { feed, before: kept, applied, workers, boundSeconds, waitSeconds, ...options }: CompareAheadOptions,
): Promise<ComparedAhead | undefined> {
  const { signal } = options;
  const client = await open.source();
  const opened: Snapshot[] = [{ lsn: undefined, sessions: [client], close: () => client.end() }];
  const snapshot = async (session: OpenSession) => {
    const side = await openSnapshot(session, workers, boundSeconds);
    opened.push(side);
    return side;
  };
  try {
    // What committed before this position is in both snapshots; what committed after it may be in one of them.
    const border = await readPosition(client);
    if (!(await writersEnded(client, signal, waitSeconds))) return undefined;
    const source = await snapshot(open.source);
    await targetMayBeSeen(client, { feed, applied }, source.lsn, signal);
    const target = await snapshot(open.target);
    const { before, since } = await readTouchedAround(client, feed, border, await readPosition(client), {
      boundSeconds,
    });
    const { resting, left } = parted(merged(kept, before), since);
    return { ...(await compareTouched(source, target, resting, options)), left };
  } finally {
    await Promise.all(opened.map((side) => side.close()));
  }
}

/** Rows that were touched before and not since, and what is left when those are compared. */
function parted(before: Touched, since: Touched): { readonly resting: Touched; readonly left: Touched } {
  const resting = new Map<string, TouchedTable>();
  const left = new Map<string, TouchedTable>(since.tables);
  for (const [name, of] of before.tables) {
    const then = since.tables.get(name);
    if (of.kind === 'all' || then?.kind === 'all') left.set(name, of.kind === 'all' ? of : (then ?? of));
    else if (then === undefined) resting.set(name, of);
    else if (then.columns.join('\0') === of.columns.join('\0')) {
      resting.set(name, { ...of, keys: new Set([...of.keys].filter((key) => !then.keys.has(key))) });
    } else left.set(name, { kind: 'all', why: 'its key became another one' });
  }
  return { resting: { upTo: before.upTo, tables: resting }, left: { upTo: since.upTo, tables: left } };
}

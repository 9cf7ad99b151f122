import { blocker, type Finding } from '../kernel/verdict.ts';
import { planTables } from './leaf-plan.ts';
import { type LocateOptions, type Location, locate } from './locate.ts';
import type { DifferentRow } from './read-rows.ts';
import { firstSession, type Snapshot } from './snapshot.ts';
import { type DigestRun, digestTables, type TableDigest } from './table-digest.ts';
import type { TableShape } from './table-shape.ts';
import { settledDigest } from './touched/settled-digest.ts';
import type { Touched } from './touched/touched-keys.ts';

/** How tables are compared. */
export interface CompareTablesOptions extends LocateOptions {
  readonly signal?: AbortSignal | undefined;
  readonly source?: DigestRun;
  readonly target?: DigestRun;
  /** What was touched between the two snapshots: it is left out, on both sides. */
  readonly moving?: Touched | undefined;
}

/** Rows of a table that were compared, without those that move. */
export interface SettledRows {
  readonly source: bigint;
  readonly target: bigint;
}

/** What the comparison of some tables came to. */
export interface TablesComparison {
  readonly findings: readonly Finding[];
  /** Of everything, what moves included. */
  readonly source: readonly TableDigest[];
  readonly target: readonly TableDigest[];
  /** Table → where its rows differ. */
  readonly differences: ReadonlyMap<string, Location>;
  /** Table → what was compared of it; not there where that could not be told. */
  readonly settled: ReadonlyMap<string, SettledRows>;
}

/** Compares every row of some tables, whose shapes are the same on both sides. The source says how they are divided into leaves. */
export async function compareTables(
  source: Snapshot,
  target: Snapshot,
  [left, right]: readonly [readonly TableShape[], readonly TableShape[]],
  options: CompareTablesOptions,
): Promise<TablesComparison> {
  const plan = await planTables(firstSession(source), left);
  const [mine, theirs] = await together(options.signal, [
    (signal) => digestTables(source, left, plan, { ...options.source, signal }),
    (signal) => digestTables(target, right, plan, { ...options.target, signal }),
  ]);
  const sides = { source: firstSession(source), target: firstSession(target) };
  const findings: Finding[] = [];
  const differences = new Map<string, Location>();
  const settled = new Map<string, SettledRows>();
  for (const [index, whole] of mine.entries()) {
    const other = theirs[index];
    if (other === undefined) continue;
    const { name } = whole.table;
    const moved = whole.root === other.root ? undefined : options.moving?.tables.get(name);
    if (moved?.kind === 'all') {
      findings.push(blocker('TABLE_MOVING', name, moved.why, 'rows with a key, of which it is known which changed'));
      continue;
    }
    const [one, two] =
      moved === undefined
        ? [whole, other]
        : await Promise.all([
            settledDigest(source, whole, moved, options.signal),
            settledDigest(target, other, moved, options.signal),
          ]);
    settled.set(name, { source: one.rows, target: two.rows });
    if (one.tree.root === two.tree.root) continue;
    const location = await locate(sides, one, two, { ...options, without: moved });
    differences.set(name, location);
    findings.push(contentDiffers(one, two, location));
  }
  return { findings, source: mine, target: theirs, differences, settled };
}

type Digesting = (signal: AbortSignal) => Promise<readonly TableDigest[]>;

/** Both at once, until both have ended. The first that fails stops the other. */
async function together(signal: AbortSignal | undefined, sides: readonly [Digesting, Digesting]) {
  const failed = new AbortController();
  const stop = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  const ended = await Promise.allSettled(
    sides.map((side) =>
      side(stop).catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    ),
  );
  return ended.map((end) => {
    if (end.status === 'rejected') throw failed.signal.reason;
    return end.value;
  }) as [readonly TableDigest[], readonly TableDigest[]];
}

function contentDiffers(source: TableDigest, target: TableDigest, { rows, complete }: Location): Finding {
  const counts = source.rows === target.rows ? `${source.rows} rows` : `${target.rows} rows instead of ${source.rows}`;
  const located = `${complete ? '' : 'at least '}${rows.length} different: ${rows.slice(0, 5).map(rowLine).join('; ')}`;
  return blocker(
    'CONTENT_DIFFERS',
    source.table.name,
    `${counts}, ${located}`,
    `the rows of the source, root ${source.root}`,
  );
}

/** A different row as a person reads it: never a value outside its key. */
export function rowLine({ kind, key, copies, columns }: DifferentRow): string {
  const name = Object.entries(key)
    .map(([column, value]) => `${column}=${value}`)
    .join(' ');
  const which = copies === undefined ? name : `digest ${copies.digest} (${copies.count} times)`;
  return `${kind} ${which}${columns.length > 0 ? ` in ${columns.join(', ')}` : ''}`;
}

import type { ClientBase } from 'pg';
import { digestChunk } from './digest-table.ts';
import { type Leaves, refine } from './leaves.ts';
import { differingLeaves, type LeafSums, merkleTree } from './merkle.ts';
import { type DifferentRow, differentRows } from './read-rows.ts';
import type { TableDigest } from './table-digest.ts';
import { withoutTouched } from './touched/touched-rows.ts';
import { type Within, within } from './within.ts';

/** Where two tables differ. */
export interface Location {
  readonly rows: readonly DifferentRow[];
  /** False where there are more different rows than were asked for, or more than are opened at once. */
  readonly complete: boolean;
}

/** What is asked of a location. Values are shown only where that is said. */
export interface LocateOptions {
  readonly limit: number;
  readonly values: boolean;
}

/** Keys of rows that are left out on both sides. */
export interface LeftOut {
  readonly columns: readonly string[];
  readonly keys: ReadonlySet<string>;
}

/** Rows of differing leaves that are read at once, of each side. */
const openedRows = 20_000n;

/** Locates the rows in which two digests of one table differ: the leaves are divided until few rows are left, and those are read. */
export async function locate(
  sides: { readonly source: ClientBase; readonly target: ClientBase },
  source: TableDigest,
  target: TableDigest,
  options: LocateOptions & { readonly without?: LeftOut | undefined },
): Promise<Location> {
  const rowsOf = ({ table }: TableDigest, of: Leaves, numbers: readonly bigint[], to: Leaves) => {
    const all = within(table, of, numbers, to);
    return options.without === undefined
      ? all
      : withoutTouched(all, options.without.columns, [...options.without.keys]);
  };
  let { leaves } = source;
  let sums: readonly LeafSums[] = [source.sums, target.sums];
  let numbers = differingLeaves(source.tree, target.tree);
  let complete = true;
  for (;;) {
    const opened = fewRows(sums, numbers);
    complete &&= opened.length === numbers.length;
    numbers = opened;
    const finer = refine(leaves);
    if (finer === undefined || rowsIn(sums, numbers) <= openedRows) break;
    sums = await Promise.all([
      divide(sides.source, rowsOf(source, leaves, numbers, finer)),
      divide(sides.target, rowsOf(target, leaves, numbers, finer)),
    ]);
    numbers = differingLeaves(merkleTree(sums[0] ?? new Map()), merkleTree(sums[1] ?? new Map()));
    leaves = finer;
  }
  if (numbers.length === 0) return { rows: [], complete };
  const last = [rowsOf(source, leaves, numbers, leaves), rowsOf(target, leaves, numbers, leaves)] as const;
  const rows = await differentRows(sides, last, options);
  return { rows: rows.slice(0, options.limit), complete: complete && rows.length <= options.limit };
}

function divide(client: ClientBase, { chunk, values }: Within) {
  return digestChunk(client, chunk, values);
}

/** The first leaves, as many as have few enough rows together; one at the least. */
function fewRows(sums: readonly LeafSums[], numbers: readonly bigint[]): readonly bigint[] {
  let rows = 0n;
  return numbers.filter((number, index) => {
    rows += rowsIn(sums, [number]);
    return index === 0 || rows <= openedRows;
  });
}

/** Of the side that has more. */
function rowsIn(sums: readonly LeafSums[], numbers: readonly bigint[]): bigint {
  return numbers.reduce((all, number) => {
    const counts = sums.map((side) => side.get(number)?.rows ?? 0n);
    return all + counts.reduce((most, count) => (count > most ? count : most), 0n);
  }, 0n);
}

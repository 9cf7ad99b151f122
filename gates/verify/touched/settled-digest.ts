import { addLeaves, digestChunk } from '../digest-table.ts';
import { type LeafSums, merkleTree } from '../merkle.ts';
import { onSessions } from '../on-sessions.ts';
import type { Snapshot } from '../snapshot.ts';
import type { TableDigest } from '../table-digest.ts';
import type { TouchedTable } from './touched-keys.ts';
import { touchedRows } from './touched-rows.ts';

/** Keys that are looked up in one statement. */
const batch = 10_000;

/**
 * A table's digest without the rows that have a touched key: sums are exact, so that what those rows gave can be taken from
 * them again. The root stays that of everything.
 * @throws Error when the table does not have what is taken from it.
 */
export async function settledDigest(
  snapshot: Snapshot,
  digest: TableDigest,
  { columns, keys }: Extract<TouchedTable, { kind: 'keys' }>,
  signal: AbortSignal | undefined,
): Promise<TableDigest> {
  const moving: LeafSums[] = [];
  await onSessions(snapshot, batchesOf([...keys], batch), signal, async (client, some) => {
    const { chunk, values } = touchedRows(digest.table, columns, some, digest.leaves, { exact: true });
    moving.push(await digestChunk(client, chunk, values));
  });
  const sums = without(digest.sums, addLeaves(moving), digest.table.name);
  const rows = [...sums.values()].reduce((all, sum) => all + sum.rows, 0n);
  return { ...digest, rows, sums, tree: merkleTree(sums) };
}

/** Pieces of a list. */
export function batchesOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function without(all: LeafSums, part: LeafSums, name: string): LeafSums {
  const left = new Map(all);
  for (const [leaf, { rows, first, second }] of part) {
    const whole = all.get(leaf) ?? { rows: 0n, first: 0n, second: 0n };
    const rest = { rows: whole.rows - rows, first: whole.first - first, second: whole.second - second };
    const none = rest.rows === 0n;
    if (rest.rows < 0n || (none && (rest.first !== 0n || rest.second !== 0n))) {
      throw new Error(`table ${name}: leaf ${leaf} does not have the rows that are taken from it`);
    }
    if (none) left.delete(leaf);
    else left.set(leaf, rest);
  }
  return left;
}

import pg from 'pg';
import type { Chunk } from './chunks.ts';
import { type Leaves, leafOf } from './leaves.ts';
import { relationOf, type TableShape } from './table-shape.ts';

/** The rows of some leaves, and nothing else, for a query with these values. */
export interface Within {
  readonly chunk: Chunk;
  readonly values: readonly unknown[];
}

/**
 * Reads only the rows of these leaves, divided into `finer` ones. By an integer key the index leads to them; by a hash
 * the table is read once, and only the key is hashed.
 */
export function within(table: TableShape, leaves: Leaves, numbers: readonly bigint[], finer: Leaves): Within {
  const relation = `${relationOf(table)} t`;
  if (leaves.kind === 'range') {
    const ranges = rangesOf(numbers, BigInt(leaves.shift));
    const from = `unnest($1::int8[], $2::int8[]) w (low, high) join ${relation}
      on t.${pg.escapeIdentifier(leaves.column)} between w.low and w.high`;
    const values = [ranges.map(([low]) => String(low)), ranges.map(([, high]) => String(high))];
    return { chunk: { table, leaves: finer, from, where: 'true' }, values };
  }
  const among = `${leafOf(leaves, table, 'first')} = any ($1::int8[])`;
  const condition = leaves.kind === 'hash' ? { where: among } : { where: 'true', whereState: among };
  return { chunk: { table, leaves: finer, from: relation, ...condition }, values: [numbers.map(String)] };
}

/** Leaves that are next to each other are one range of keys, both ends inclusive. */
function rangesOf(numbers: readonly bigint[], shift: bigint): readonly (readonly [bigint, bigint])[] {
  const ranges: [bigint, bigint][] = [];
  for (const number of numbers) {
    const [low, high] = [number << shift, ((number + 1n) << shift) - 1n];
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1n === low) last[1] = high;
    else ranges.push([low, high]);
  }
  return ranges;
}

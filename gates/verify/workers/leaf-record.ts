import { z } from 'zod';
import type { LeafSums } from '../merkle.ts';

const integer = z.string().regex(/^-?\d+$/);

/** Leaf sums as a worker hands them in: leaf, rows, first, second, as text. */
export const leafRecordSchema = z.array(z.tuple([integer, integer, integer, integer]));

export type LeafRecord = z.infer<typeof leafRecordSchema>;

/** Leaf sums as JSON. */
export function leafRecord(sums: LeafSums): LeafRecord {
  return [...sums].map(([leaf, { rows, first, second }]) => [`${leaf}`, `${rows}`, `${first}`, `${second}`]);
}

/** Leaf sums as they were. */
export function sumsOf(record: LeafRecord): LeafSums {
  return new Map(
    record.map(([leaf, rows, first, second]) => [
      BigInt(leaf),
      { rows: BigInt(rows), first: BigInt(first), second: BigInt(second) },
    ]),
  );
}

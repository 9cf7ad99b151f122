import { type EncodingKind, encodingOf } from './encoding.ts';
import type { ColumnShape } from './table-shape.ts';

/**
 * Version of the digest's definition: encodings, salts, seeds, chain, leaves and tree. Roots of two versions say
 * nothing of each other.
 */
export const digestVersion = 1;

const seeds = [`'7809847782465536322'::int8`, `'-4658895280553007687'::int8`, `'5871781006564002453'::int8`] as const;

/** SQL of a row's digest. */
export interface RowDigest {
  /** Conversions, for the innermost query, where each is computed once: `… as c0, … as c1`; empty without columns. */
  readonly converted: string;
  /** Two 64-bit states over `c0 …`: together the row's 128 bits. */
  readonly states: readonly [string, string];
}

/**
 * The digest of a row of these columns. Each value is hashed with the state so far as its seed: a sum of column hashes
 * would not see two values swapped between columns or rows. Integers are mixed into the seed, because PostgreSQL's own
 * hash of an int8 folds its halves together.
 */
export function rowDigest(columns: readonly ColumnShape[]): RowDigest {
  const encodings = columns.map(encodingOf);
  const converted = encodings.map(({ sql }, index) => `${sql} as c${index}`).join(', ');
  const chain = (seed: string) => encodings.reduce((state, { kind }, index) => step(kind, index, state), seed);
  return { converted, states: [chain(seeds[0]), chain(seeds[1])] };
}

/** A 64-bit hash of a row's key, in one expression over the row `t`. */
export function keyHash(columns: readonly ColumnShape[]): string {
  return columns
    .map(encodingOf)
    .reduce((state, { kind, sql }, index) => step(kind, index, state, sql), seeds[2] as string);
}

function step(kind: EncodingKind, index: number, state: string, value = `c${index}`): string {
  switch (kind) {
    case 'integer':
      return `hashint4extended(${index + 1}, ${state} # ${value})`;
    case 'uuid':
      return `uuid_hash_extended(${value}, ${state})`;
    case 'blank-padded':
      // The hash leaves the blanks at the end out; the length has them.
      return `hashbpcharextended(${value}, ${state} # octet_length(${value}))`;
    case 'text':
      return `hashtextextended(${value}, ${state})`;
    default:
      return kind satisfies never;
  }
}

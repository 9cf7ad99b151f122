import { type Encoding, encodingOf } from './encoding.ts';
import type { ColumnShape } from './table-shape.ts';

/**
 * Version of the digest's definition: encodings, salts, seeds, chain, leaves and tree. Roots of two versions say
 * nothing of each other.
 */
export const digestVersion = 3;

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
 * hash of an int8 folds its halves together; the hash of the next value then goes over both.
 */
export function rowDigest(columns: readonly ColumnShape[]): RowDigest {
  const encodings = columns.map(encodingOf);
  const converted = encodings.flatMap(({ sql, length }, index) => [
    `${sql} as c${index}`,
    ...(length === undefined ? [] : [`${length} as n${index}`]),
  ]);
  const named = encodings.map(({ kind, length }, index) => {
    return { kind, sql: `c${index}`, ...(length !== undefined && { length: `n${index}` }) };
  });
  return { converted: converted.join(', '), states: [chain(named, seeds[0]), chain(named, seeds[1])] };
}

/** A 64-bit hash of a row's key, in one expression over the row `t`. */
export function keyHash(columns: readonly ColumnShape[]): string {
  return chain(columns.map(encodingOf), seeds[2]);
}

/** A state; `mixed` when an integer came into it that no hash has gone over yet. */
interface State {
  readonly sql: string;
  readonly mixed: boolean;
}

type Value = Pick<Encoding, 'kind' | 'sql' | 'length'>;

function chain(values: readonly Value[], seed: string): string {
  return hashed(woven(values).reduce(step, { sql: seed, mixed: false }));
}

/**
 * Integers come before what has a hash of its own, by turns: that hash goes over both. Two integers that follow each other
 * need one between them.
 */
function woven(values: readonly Value[]): readonly Value[] {
  const integers = values.filter(({ kind }) => kind === 'integer');
  const others = values.filter(({ kind }) => kind !== 'integer');
  return [
    ...integers.flatMap((value, index) => [value, ...others.slice(index, index + 1)]),
    ...others.slice(integers.length),
  ];
}

function step(state: State, { kind, sql, length }: Value): State {
  switch (kind) {
    case 'integer':
      return { sql: `${hashed(state)} # ${sql}`, mixed: true };
    case 'uuid':
      return { sql: `uuid_hash_extended(${sql}, ${state.sql})`, mixed: false };
    case 'blank-padded':
      return {
        sql: `hashbpcharextended(${sql}, ${state.sql}${length === undefined ? '' : ` # ${length}`})`,
        mixed: false,
      };
    case 'text':
      return { sql: `hashtextextended(${sql}, ${state.sql})`, mixed: false };
    default:
      return kind satisfies never;
  }
}

function hashed({ sql, mixed }: State): string {
  return mixed ? `hashint4extended(1, ${sql})` : sql;
}

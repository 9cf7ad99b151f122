import type { ClientBase } from 'pg';
import pg from 'pg';
import { keyHash } from './row-digest.ts';
import { relationOf, type TableShape } from './table-shape.ts';

/**
 * How a table's rows are divided into leaves. `range`: by the one integer key, 2^shift key values a leaf. `hash`: by a
 * hash of the key, 2^bits leaves. `content`: rows without a key, by their digest.
 */
export type Leaves =
  | { readonly kind: 'range'; readonly column: string; readonly shift: number }
  | { readonly kind: 'hash'; readonly bits: number }
  | { readonly kind: 'content'; readonly bits: number };

/** The least key values a leaf has, and the most leaves of a table, as powers of two. */
const leastShift = 10;
const mostBits = 12;
/** Powers of two by which a leaf is divided again when it is opened. */
const refinement = 6;

const integerTypes: ReadonlySet<string> = new Set(['int2', 'int4', 'int8']);

/** The leaves of a table. They follow from its content alone, so that equal content has equal roots. */
export async function planLeaves(client: ClientBase, table: TableShape): Promise<Leaves> {
  const [column] = table.key;
  if (column === undefined) return { kind: 'content', bits: mostBits };
  const type = table.columns.find(({ name }) => name === column)?.type ?? '';
  if (table.key.length > 1 || !integerTypes.has(type)) return { kind: 'hash', bits: mostBits };
  const name = pg.escapeIdentifier(column);
  const { rows } = await client.query<{ low: string | null; high: string | null }>(
    `select min(${name})::text as low, max(${name})::text as high from ${relationOf(table)}`,
  );
  const span = BigInt(rows[0]?.high ?? 0) - BigInt(rows[0]?.low ?? 0);
  const shift = Math.max(leastShift, span.toString(2).length - mostBits);
  return { kind: 'range', column, shift };
}

/** SQL of the leaf that a row `t` is in (int8); `first` is the row's first state, for rows without a key. */
export function leafOf(leaves: Leaves, table: TableShape, first: string): string {
  if (leaves.kind === 'range') return `(t.${pg.escapeIdentifier(leaves.column)}::int8 >> ${leaves.shift})`;
  const hash = leaves.kind === 'hash' ? keyHash(keyColumns(table)) : first;
  return `(${hash} & ${2 ** leaves.bits - 1})`;
}

/** Leaves a little finer than these, or undefined where no finer ones would divide anything. */
export function refine(leaves: Leaves): Leaves | undefined {
  if (leaves.kind === 'range') {
    return leaves.shift === 0 ? undefined : { ...leaves, shift: Math.max(0, leaves.shift - refinement) };
  }
  return leaves.bits >= 48 ? undefined : { ...leaves, bits: leaves.bits + refinement };
}

/** The columns of a table's key. */
export function keyColumns(table: TableShape) {
  return table.columns.filter(({ name }) => table.key.includes(name));
}

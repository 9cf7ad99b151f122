import type { ClientBase } from 'pg';
import { type Leaves, leafOf } from './leaves.ts';
import type { LeafSum, LeafSums } from './merkle.ts';
import { rowDigest } from './row-digest.ts';
import type { TableShape } from './table-shape.ts';

/** A part of a table that one session digests in one statement. */
export interface Chunk {
  readonly table: TableShape;
  readonly leaves: Leaves;
  /** SQL: what is read as `t`, the condition on its rows, and, without a key, the one on their first state. */
  readonly from: string;
  readonly where: string;
  readonly whereState?: string;
}

/** Blocks of 8 kB that a chunk has, at the least and at the most: 8 MB and 1 GB. Between them a part has 32 chunks. */
const chunkBlocks = { least: 1_024, most: 131_072 } as const;

/** A table in chunks of physical blocks: as quick on a shuffled table as on a sorted one. The last chunk of a part is open, for rows beyond the size that was read. */
export function chunksOf(table: TableShape, leaves: Leaves): readonly Chunk[] {
  return table.parts.flatMap((part) => {
    const { least, most } = chunkBlocks;
    const size = Math.min(most, Math.max(least, Math.ceil(part.blocks / 32)));
    const count = Math.max(1, Math.ceil(part.blocks / size));
    return Array.from({ length: count }, (_, index) => {
      const from = index * size;
      const low = index === 0 ? [] : [`t.ctid >= '(${from},0)'`];
      const high = index === count - 1 ? [] : [`t.ctid < '(${from + size},0)'`];
      return { table, leaves, from: `only ${part.name} t`, where: [...low, ...high].join(' and ') || 'true' };
    });
  });
}

/** Digests every row of a chunk: its leaves and their sums. */
export async function digestChunk(
  client: ClientBase,
  chunk: Chunk,
  values: readonly unknown[] = [],
): Promise<LeafSums> {
  const { rows } = await client.query<{ leaf: string; rows: string; first: string; second: string }>(
    digestQuery(chunk),
    [...values],
  );
  return new Map(
    rows.map(({ leaf, rows: count, first, second }) => [
      BigInt(leaf),
      { rows: BigInt(count), first: BigInt(first), second: BigInt(second) },
    ]),
  );
}

/** The rows of a chunk, and the leaves in which one was written since. */
export interface ChunkLook {
  readonly rows: bigint;
  readonly written: readonly bigint[];
}

/**
 * Counts the rows of a chunk, and finds those that a transaction from `horizon` on wrote: xmin is in every row's head, so
 * that no value is looked at but a written row's key.
 */
export async function lookAtChunk(
  client: ClientBase,
  { table, leaves, from, where }: Chunk,
  horizon: bigint,
): Promise<ChunkLook> {
  const written = `age(t.xmin) <= age('${horizon % 2n ** 32n}'::xid)`;
  const found = await client.query<{ rows: string; written: string[] }>(
    `select count(*)::text as rows,
      coalesce(array_agg(distinct ${leafOf(leaves, table, '')}) filter (where ${written}), '{}')::text[] as written
    from ${from} where ${where}`,
  );
  const [look] = found.rows;
  if (look === undefined) throw new Error('the server gave no row of a count');
  return { rows: BigInt(look.rows), written: look.written.map(BigInt) };
}

/** Leaf number → its rows. */
export async function countLeaves(
  client: ClientBase,
  { table, leaves, from, where }: Chunk,
): Promise<ReadonlyMap<bigint, bigint>> {
  const { rows } = await client.query<{ leaf: string; rows: string }>(
    `select ${leafOf(leaves, table, '')}::text as leaf, count(*)::text as rows from ${from} where ${where} group by 1`,
  );
  return new Map(rows.map(({ leaf, rows: count }) => [BigInt(leaf), BigInt(count)]));
}

/** The sums of parts of one table. */
export function addLeaves(parts: readonly LeafSums[]): LeafSums {
  const total = new Map<bigint, LeafSum>();
  for (const part of parts) {
    for (const [leaf, sum] of part) {
      const { rows, first, second } = total.get(leaf) ?? { rows: 0n, first: 0n, second: 0n };
      total.set(leaf, { rows: rows + sum.rows, first: first + sum.first, second: second + sum.second });
    }
  }
  return total;
}

/** Each step is a subquery that the planner must not flatten (offset 0), or it would compute a conversion once for every use. */
function digestQuery({ table, leaves, from, where, whereState = 'true' }: Chunk): string {
  const { converted, states } = rowDigest(table.columns);
  const sums = (first: string, second: string) =>
    `leaf::text as leaf, count(*)::text as rows, sum(${first})::text as first, sum(${second})::text as second`;
  if (leaves.kind === 'content') {
    const rows = `select ${states[0]} as first, ${states[1]} as second from (select ${converted} from ${from} where ${where} offset 0) c offset 0`;
    const placed = `select ${leafOf(leaves, table, 'first')} as leaf, first, second from (${rows}) r`;
    return `select ${sums('first', 'second')} from (${placed}) p where ${whereState} group by leaf`;
  }
  const leaf = leafOf(leaves, table, '');
  const rows = `select ${[`${leaf} as leaf`, converted].join(', ')} from ${from} where ${where} offset 0`;
  return `select ${sums(...states)} from (${rows}) c group by leaf`;
}

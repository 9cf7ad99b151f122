import type { ClientBase } from 'pg';
import type { Chunk, Run } from './chunks.ts';
import { leafOf } from './leaves.ts';
import type { LeafSum, LeafSums } from './merkle.ts';
import { rowDigest } from './row-digest.ts';

/** Digests every row of a chunk: its leaves and their sums. */
export async function digestChunk(
  client: ClientBase,
  chunk: Chunk,
  values: readonly unknown[] = [],
): Promise<LeafSums> {
  const { rows } = await client.query<{ leaf: string; rows: string; first: string; second: string }>(
    chunk.runs === undefined ? digestQuery(chunk) : runsQuery(chunk),
    chunk.runs === undefined ? [...values] : runValues(chunk.runs),
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
  // The horizon's age is asked for once, not for every row.
  const written = `age(t.xmin) <= (select age('${horizon % 2n ** 32n}'::xid))`;
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
  if (leaves.kind === 'content') {
    const rows = `select ${states[0]} as first, ${states[1]} as second from (select ${converted} from ${from} where ${where} offset 0) c offset 0`;
    const placed = `select ${leafOf(leaves, table, 'first')} as leaf, first, second from (${rows}) r`;
    return `select leaf, ${sums('first', 'second')} from (${placed}) p where ${whereState} group by leaf`;
  }
  return `select leaf, ${sums(...states)} from (${placedRows({ table, leaves, from, where })}) c group by leaf`;
}

/**
 * Every run in a plain sum, with a count of its rows that are of another leaf. Where there are any, those are digested once more,
 * by leaf, and moved to where they belong: the sums are exact.
 */
function runsQuery({ table, leaves, from }: Chunk): string {
  const { states } = rowDigest(table.columns);
  const all = sums(...states);
  const rows = (where: string) => placedRows({ table, leaves, from, where });
  const between = (run: string) => `t.ctid >= ${run}.low and t.ctid < ${run}.high`;
  const other = `${leafOf(leaves, table, '')} <> run.leaf`;
  return `
with run as materialized (
  select r.*, d.* from unnest($1::int8[], $2::tid[], $3::tid[]) r (leaf, low, high) cross join lateral (
    select ${all}, count(*) filter (where leaf <> r.leaf) as others from (${rows(between('r'))}) c) d where d.rows > 0
), moved as materialized (
  select run.leaf as run, d.* from run cross join lateral (
    select leaf, ${all} from (${rows(`${between('run')} and ${other}`)}) c group by leaf) d where run.others > 0
)
select leaf, sum(rows) as rows, sum(first) as first, sum(second) as second from (
  select leaf, rows, first, second from run
  union all select leaf, rows, first, second from moved
  union all select run, -rows, -first, -second from moved) s
group by leaf having sum(rows) > 0`;
}

function runValues(runs: readonly Run[]): unknown[] {
  return [runs.map(({ leaf }) => leaf), runs.map(({ from }) => from), runs.map(({ to }) => to)];
}

/** Rows with their leaf and their converted columns. */
function placedRows({ table, leaves, from, where }: Chunk): string {
  const leaf = `${leafOf(leaves, table, '')} as leaf`;
  return `select ${[leaf, rowDigest(table.columns).converted].join(', ')} from ${from} where ${where} offset 0`;
}

function sums(first: string, second: string): string {
  return `count(*) as rows, sum(${first}) as first, sum(${second}) as second`;
}

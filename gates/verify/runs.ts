import type { ClientBase } from 'pg';
import pg from 'pg';
import { blocksOfChunk, type Chunk, type Run } from './chunks.ts';
import type { Leaves } from './leaves.ts';
import type { TablePart } from './table-shape.ts';

/** Where the first row of a leaf is. */
interface LeafStart {
  readonly leaf: string;
  /** Row identifier (tid), and the block in it. */
  readonly at: string;
  readonly block: number;
}

/** Of the leaves, those that must begin where the one before them ends, for a table to be stored in their order. */
const leastInOrder = 0.9;
/** The last place that a row could have. */
const end = '(4294967295,65535)';
/** From this version on a server finds rows between two places. */
const oldest = 140_000;

/**
 * Divides a table's chunks into runs of one leaf each, where it is stored in the order of its key: their rows need not be looked
 * up in a table of leaves one by one. Where a leaf begins is a hint from the index: every row is read whatever it says, and a
 * wrong one costs time.
 */
export async function intoRuns(client: ClientBase, chunks: readonly Chunk[]): Promise<readonly Chunk[]> {
  const [first] = chunks;
  const [part, ...others] = first?.table.parts ?? [];
  if (chunks.length < 2 || first?.leaves.kind !== 'range' || part?.heap !== true || others.length > 0) return chunks;
  const starts = await leafStarts(client, part, first.leaves);
  return inOrder(starts) ? cut(chunks, starts, blocksOfChunk(part)) : chunks;
}

/** Where the leaves begin, in the order in which they are stored. */
async function leafStarts(
  client: ClientBase,
  part: TablePart,
  { column, shift }: Extract<Leaves, { kind: 'range' }>,
): Promise<readonly LeafStart[]> {
  const key = pg.escapeIdentifier(column);
  const leaf = (of: string) => `(${of}::int8 >> ${shift})`;
  const { rows } = await client.query<{ leaf: string; at: string; block: string }>(`
select distinct s.leaf, s.at, split_part(trim('(' from s.at::text), ',', 1) as block
from (select ${leaf(`min(${key})`)} as low, ${leaf(`max(${key})`)} as high from only ${part.name}) span
cross join generate_series(span.low, span.high) l (leaf)
cross join lateral (
  select ${leaf(`t.${key}`)} as leaf, t.ctid as at from only ${part.name} t
  where t.${key} >= l.leaf << ${shift} order by t.${key} limit 1) s
where current_setting('server_version_num')::int >= ${oldest} order by s.at`);
  return rows.map((row) => ({ ...row, block: Number(row.block) }));
}

function inOrder(starts: readonly LeafStart[]): boolean {
  const leaves = starts.map(({ leaf }) => BigInt(leaf)).sort((a, b) => (a < b ? -1 : 1));
  const next = new Map(leaves.map((leaf, index) => [leaf, leaves[index + 1]]));
  const followed = starts.filter(({ leaf }, index) => {
    const after = starts[index + 1];
    return after !== undefined && next.get(BigInt(leaf)) === BigInt(after.leaf);
  });
  return followed.length > 0 && followed.length >= leastInOrder * (starts.length - 1);
}

/** A chunk begins with the leaf that the one before it ends with. */
function cut(chunks: readonly Chunk[], starts: readonly LeafStart[], blocks: number): readonly Chunk[] {
  const last = chunks.length - 1;
  const within = chunks.map((): LeafStart[] => []);
  for (const start of starts) within[Math.min(last, Math.floor(start.block / blocks))]?.push(start);
  let leaf = starts[0]?.leaf ?? '0';
  return chunks.map((chunk, index) => {
    const places = [{ leaf, at: `(${index * blocks},0)` }, ...(within[index] ?? [])];
    leaf = places.at(-1)?.leaf ?? leaf;
    const to = index === last ? end : `(${(index + 1) * blocks},0)`;
    const runs = places.map((place, n): Run => ({ leaf: place.leaf, from: place.at, to: places[n + 1]?.at ?? to }));
    return { ...chunk, runs };
  });
}

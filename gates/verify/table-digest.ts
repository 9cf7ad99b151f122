import { digestOf } from '../kernel/digest.ts';
import { type Chunk, chunksOf } from './chunks.ts';
import { digestSince, type SumsSince } from './digest-since.ts';
import { addLeaves, digestChunk } from './digest-table.ts';
import { encodingOf } from './encoding.ts';
import type { KeptSide } from './kept-leaves.ts';
import { type LeafPlan, leavesOf } from './leaf-plan.ts';
import type { Leaves } from './leaves.ts';
import { type LeafSums, type MerkleTree, merkleTree } from './merkle.ts';
import { onSessions } from './on-sessions.ts';
import { digestVersion } from './row-digest.ts';
import { intoRuns } from './runs.ts';
import { firstSession, type Snapshot } from './snapshot.ts';
import type { ColumnShape, TableShape } from './table-shape.ts';

/** What a table's content comes to. */
export interface TableDigest {
  readonly table: TableShape;
  readonly leaves: Leaves;
  readonly rows: bigint;
  readonly sums: LeafSums;
  /** Leaves whose rows were digested now; the others are as they were kept. */
  readonly digested: number;
  readonly tree: MerkleTree;
  /** Over the definition's version, the columns, the division into leaves and the tree: 64 hex digits. */
  readonly root: string;
}

/** How a digest is followed and stopped, and what it may stand on. */
export interface DigestRun {
  readonly signal?: AbortSignal | undefined;
  /** Hears of every chunk that is done. */
  readonly progress?: ((done: number, of: number) => void) | undefined;
  /** What an earlier run kept of this very database: only what changed since is digested. */
  readonly kept?: KeptSide | undefined;
  /** What digests the chunks: the snapshot's own sessions, unless others are to. */
  readonly digest?: DigestChunks | undefined;
}

/** Digests chunks at a snapshot, in any order, and tells the sums of each once. */
export type DigestChunks = (
  snapshot: Snapshot,
  chunks: readonly Chunk[],
  signal: AbortSignal | undefined,
  done: (chunk: Chunk, sums: LeafSums) => void,
) => Promise<void>;

const digestHere: DigestChunks = (snapshot, chunks, signal, done) =>
  onSessions(snapshot, chunks, signal, async (client, chunk) => done(chunk, await digestChunk(client, chunk)));

/**
 * Digests every row of these tables, chunk by chunk on all of the snapshot's sessions.
 * @throws what the server says, of the first session that fails; the others end with their chunk. Nothing is left out.
 */
export async function digestTables(
  snapshot: Snapshot,
  tables: readonly TableShape[],
  plan: LeafPlan,
  { signal, progress, kept, digest = digestHere }: DigestRun = {},
): Promise<readonly TableDigest[]> {
  const since =
    kept === undefined ? new Map<string, SumsSince>() : await digestSince(snapshot, tables, plan, kept, signal);
  const sums = new Map<string, LeafSums[]>(tables.map(({ name }) => [name, []]));
  const divided: (readonly Chunk[])[] = [];
  for (const table of tables.filter(({ name }) => !since.has(name))) {
    divided.push(await intoRuns(firstSession(snapshot), chunksOf(table, leavesOf(plan, table))));
  }
  // What is large comes first: at the end no session waits long for another.
  const chunks = divided.sort((a, b) => b.length - a.length).flat();
  let done = 0;
  await digest(snapshot, chunks, signal, (chunk, part) => {
    sums.get(chunk.table.name)?.push(part);
    progress?.(++done, chunks.length);
  });
  return tables.map((table) => {
    const { sums: whole, digested } = since.get(table.name) ?? wholeOf(sums.get(table.name) ?? []);
    return tableDigest(table, leavesOf(plan, table), whole, digested);
  });
}

function wholeOf(parts: readonly LeafSums[]) {
  const sums = addLeaves(parts);
  return { sums, digested: sums.size };
}

function tableDigest(table: TableShape, leaves: Leaves, sums: LeafSums, digested: number): TableDigest {
  const tree = merkleTree(sums);
  const columns = table.columns.map((column) => [column.name, meaningOf(column)]);
  const root = digestOf({ version: digestVersion, columns, leaves, tree: tree.root });
  const rows = [...sums.values()].reduce((all, { rows }) => all + rows, 0n);
  return { table, leaves, rows, sums, digested, tree, root };
}

/** What a column's values are, as far as an integer's width and the name for text do not matter. */
export function meaningOf(column: ColumnShape): string {
  const { kind } = encodingOf(column);
  if (kind === 'blank-padded') return column.width === null ? 'bpchar' : `char(${column.width})`;
  if (kind === 'text') return ['varchar', 'name'].includes(column.type) ? 'text' : column.type;
  return kind === 'integer' && !['int2', 'int4', 'int8', 'oid'].includes(column.type) ? column.type : kind;
}

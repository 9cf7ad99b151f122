import type { ClientBase } from 'pg';
import { digestOf } from '../kernel/digest.ts';
import { addLeaves, type Chunk, chunksOf, digestChunk } from './digest-table.ts';
import { encodingOf } from './encoding.ts';
import { type Leaves, planLeaves } from './leaves.ts';
import { type LeafSums, type MerkleTree, merkleTree } from './merkle.ts';
import { digestVersion } from './row-digest.ts';
import type { Snapshot } from './snapshot.ts';
import type { ColumnShape, TableShape } from './table-shape.ts';

/** What a table's content comes to. */
export interface TableDigest {
  readonly table: TableShape;
  readonly leaves: Leaves;
  readonly rows: bigint;
  readonly sums: LeafSums;
  readonly tree: MerkleTree;
  /** Over the definition's version, the columns, the division into leaves and the tree: 64 hex digits. */
  readonly root: string;
}

/** How a digest is followed and stopped: between two chunks. */
export interface DigestRun {
  readonly signal?: AbortSignal | undefined;
  /** Hears of every chunk that is done. */
  readonly progress?: ((done: number, of: number) => void) | undefined;
}

/** Table name → how it is divided into leaves. Both sides of a comparison need the same. */
export type LeafPlan = ReadonlyMap<string, Leaves>;

/** How each table is to be divided, read from its content. */
export async function planTables(client: ClientBase, tables: readonly TableShape[]): Promise<LeafPlan> {
  const plan = new Map<string, Leaves>();
  for (const table of tables) plan.set(table.name, await planLeaves(client, table));
  return plan;
}

/**
 * Digests every row of these tables, chunk by chunk on all of the snapshot's sessions.
 * @throws what the server says, of the first session that fails; the others end with their chunk. Nothing is left out.
 */
export async function digestTables(
  snapshot: Snapshot,
  tables: readonly TableShape[],
  plan: LeafPlan,
  { signal, progress }: DigestRun = {},
): Promise<readonly TableDigest[]> {
  const sums = new Map<string, LeafSums[]>(tables.map(({ name }) => [name, []]));
  const waiting = tables
    .flatMap((table) => chunksOf(table, leavesOf(plan, table)))
    .sort((a, b) => Number(a.where.includes('ctid')) - Number(b.where.includes('ctid')));
  const of = waiting.length;
  let done = 0;
  const failed = new AbortController();
  const stop = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  const work = async (client: ClientBase) => {
    for (let chunk = waiting.pop(); chunk !== undefined; chunk = waiting.pop()) {
      stop.throwIfAborted();
      await keep(client, chunk, sums);
      progress?.(++done, of);
    }
  };
  await Promise.allSettled(snapshot.sessions.map((client) => work(client).catch((error) => failed.abort(error))));
  failed.signal.throwIfAborted();
  return tables.map((table) => tableDigest(table, leavesOf(plan, table), addLeaves(sums.get(table.name) ?? [])));
}

async function keep(client: ClientBase, chunk: Chunk, sums: Map<string, LeafSums[]>): Promise<void> {
  sums.get(chunk.table.name)?.push(await digestChunk(client, chunk));
}

function tableDigest(table: TableShape, leaves: Leaves, sums: LeafSums): TableDigest {
  const tree = merkleTree(sums);
  const columns = table.columns.map((column) => [column.name, meaningOf(column)]);
  const root = digestOf({ version: digestVersion, columns, leaves, tree: tree.root });
  return { table, leaves, rows: [...sums.values()].reduce((all, { rows }) => all + rows, 0n), sums, tree, root };
}

/** What a column's values are, as far as its width and its name for text do not matter. */
export function meaningOf(column: ColumnShape): string {
  const { kind } = encodingOf(column);
  if (kind === 'text') return ['varchar', 'name'].includes(column.type) ? 'text' : column.type;
  return kind === 'integer' && ['bool', 'date'].includes(column.type) ? column.type : kind;
}

function leavesOf(plan: LeafPlan, { name }: TableShape): Leaves {
  const leaves = plan.get(name);
  if (leaves === undefined) throw new Error(`table ${name} has no plan; needed one from planTables`);
  return leaves;
}

import type { ClientBase } from 'pg';
import { chunksOf } from './chunks.ts';
import { addLeaves, countLeaves, digestChunk, lookAtChunk } from './digest-table.ts';
import { identityOf, type KeptSide, type KeptTable } from './kept-leaves.ts';
import { type LeafPlan, leavesOf } from './leaf-plan.ts';
import type { Leaves } from './leaves.ts';
import type { LeafSums } from './merkle.ts';
import { onSessions } from './on-sessions.ts';
import type { Snapshot } from './snapshot.ts';
import { relationOf, type TableShape } from './table-shape.ts';
import { within } from './within.ts';

/** A table's sums, of which only some leaves were digested now. */
export interface SumsSince {
  readonly sums: LeafSums;
  readonly digested: number;
}

/** Of a table's rows, the part beyond which it is digested whole: by blocks and on all sessions. */
const mostChanged = 4n;

/**
 * Digests again only the leaves in which a row came, changed or went since another snapshot of the same database. Rows that
 * came or changed were written by a transaction that the earlier snapshot did not see; where rows went is told by counts.
 * Tables for which that would not tell everything, or of which much changed, are left out: they are digested whole.
 */
export async function digestSince(
  snapshot: Snapshot,
  tables: readonly TableShape[],
  plan: LeafPlan,
  kept: KeptSide,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, SumsSince>> {
  if (!(await kept.stillHolds(snapshot))) return new Map();
  const looked = tables.flatMap((table) => {
    const before = kept.tables.get(table.name);
    if (before === undefined || !mayLook(table, before, plan)) return [];
    return [{ table, before: before.sums, leaves: leavesOf(plan, table), rows: 0n, written: new Set<bigint>() }];
  });
  const chunks = looked.flatMap((look) => chunksOf(look.table, look.leaves).map((chunk) => ({ look, chunk })));
  await onSessions(snapshot, chunks, signal, async (client, { look, chunk }) => {
    const { rows, written } = await lookAtChunk(client, chunk, kept.horizon);
    look.rows += rows;
    for (const leaf of written) look.written.add(leaf);
  });
  const found = new Map<string, SumsSince>();
  await onSessions(snapshot, looked, signal, async (client, look) => {
    const since = await sumsSince(client, look);
    if (since !== undefined) found.set(look.table.name, since);
  });
  return found;
}

/** A table that was looked at: its rows now, and the leaves with a row that was written since. */
interface Look {
  readonly table: TableShape;
  readonly before: LeafSums;
  readonly leaves: Leaves;
  readonly rows: bigint;
  readonly written: ReadonlySet<bigint>;
}

async function sumsSince(client: ClientBase, look: Look): Promise<SumsSince | undefined> {
  const { table, before, leaves, rows } = look;
  let changed: ReadonlySet<bigint> = look.written;
  for (;;) {
    const same: LeafSums = new Map([...before].filter(([leaf]) => !changed.has(leaf)));
    if ((rows - rowsOf(same)) * mostChanged > rows) return undefined;
    const now = await digestLeaves(client, table, leaves, changed);
    // Outside of these leaves no row was written: with as many rows as before, none went.
    if (rowsOf(now) + rowsOf(same) === rows) return { sums: addLeaves([same, now]), digested: changed.size };
    const counts = await countLeaves(client, { table, leaves, from: `${relationOf(table)} t`, where: 'true' });
    const fewer = [...same].filter(([leaf, sum]) => counts.get(leaf) !== sum.rows).map(([leaf]) => leaf);
    if (fewer.length === 0) throw new Error(`table ${table.name}: its rows are not those of its leaves`);
    changed = new Set([...changed, ...fewer]);
  }
}

async function digestLeaves(
  client: ClientBase,
  table: TableShape,
  leaves: Leaves,
  numbers: ReadonlySet<bigint>,
): Promise<LeafSums> {
  if (numbers.size === 0) return new Map();
  const sorted = [...numbers].sort((a, b) => (a < b ? -1 : 1));
  const { chunk, values } = within(table, leaves, sorted, leaves);
  return digestChunk(client, chunk, values);
}

function rowsOf(sums: LeafSums): bigint {
  return [...sums.values()].reduce((all, { rows }) => all + rows, 0n);
}

/** Values whose text is made from the catalogs change when those do, and no row says so. */
function mayLook(table: TableShape, before: KeptTable, plan: LeafPlan): boolean {
  const leaves = leavesOf(plan, table);
  const fromCatalog = table.columns.some(({ type }) => type.includes('.') || /^_?(reg|aclitem)/.test(type));
  return (
    leaves.kind !== 'content' &&
    JSON.stringify(leaves) === JSON.stringify(before.leaves) &&
    identityOf(table) === before.identity &&
    table.parts.every(({ heap }) => heap) &&
    !fromCatalog &&
    !table.columns.some(({ virtual }) => virtual)
  );
}

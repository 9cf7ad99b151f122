import { addLeaves, chunksOf, digestChunk, type LeafLook, lookAtChunk } from './digest-table.ts';
import { identityOf, type KeptSide, type KeptTable } from './kept-leaves.ts';
import { type LeafPlan, leavesOf } from './leaf-plan.ts';
import type { LeafSum, LeafSums } from './merkle.ts';
import { onSessions } from './on-sessions.ts';
import type { Snapshot } from './snapshot.ts';
import type { TableShape } from './table-shape.ts';
import { within } from './within.ts';

/** A table's sums, of which only some leaves were digested now. */
export interface SumsSince {
  readonly sums: LeafSums;
  readonly digested: number;
}

/**
 * Digests again only the leaves in which a row came, changed or went since another snapshot of the same database: one whose
 * count of rows is another, or with a row that a transaction wrote that the earlier snapshot did not see. Tables for which
 * that would not tell everything are left out: they are digested whole.
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
    return before !== undefined && mayLook(table, before, plan) ? [{ table, before }] : [];
  });
  const looks = new Map<string, Map<bigint, LeafLook>>(looked.map(({ table }) => [table.name, new Map()]));
  const chunks = looked.flatMap(({ table }) => chunksOf(table, leavesOf(plan, table)));
  await onSessions(snapshot, chunks, signal, async (client, chunk) => {
    addLook(looks.get(chunk.table.name) ?? new Map(), await lookAtChunk(client, chunk, kept.horizon));
  });
  const found = new Map<string, SumsSince>();
  await onSessions(snapshot, looked, signal, async (client, { table, before }) => {
    const look = looks.get(table.name) ?? new Map<bigint, LeafLook>();
    const changed = changedLeaves(before.sums, look);
    const leaves = leavesOf(plan, table);
    const piece = within(table, leaves, changed, leaves);
    const now: LeafSums = changed.length === 0 ? new Map() : await digestChunk(client, piece.chunk, piece.values);
    const again = new Set(changed);
    const same = [...before.sums].filter(([leaf]) => !again.has(leaf));
    found.set(table.name, { sums: addLeaves([new Map<bigint, LeafSum>(same), now]), digested: changed.length });
  });
  return found;
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

function changedLeaves(before: LeafSums, now: ReadonlyMap<bigint, LeafLook>): readonly bigint[] {
  const numbers = [...new Set([...before.keys(), ...now.keys()])].sort((a, b) => (a < b ? -1 : 1));
  return numbers.filter((leaf) => {
    const look = now.get(leaf);
    return look === undefined || look.written || look.rows !== before.get(leaf)?.rows;
  });
}

function addLook(all: Map<bigint, LeafLook>, more: ReadonlyMap<bigint, LeafLook>): void {
  for (const [leaf, { rows, written }] of more) {
    const { rows: known = 0n, written: already = false } = all.get(leaf) ?? {};
    all.set(leaf, { rows: known + rows, written: already || written });
  }
}

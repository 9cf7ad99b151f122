import type { ClientBase } from 'pg';
import { type Leaves, planLeaves } from './leaves.ts';
import type { TableShape } from './table-shape.ts';

/** Table name → how it is divided into leaves. Both sides of a comparison need the same. */
export type LeafPlan = ReadonlyMap<string, Leaves>;

/** How each table is to be divided, read from its content. */
export async function planTables(client: ClientBase, tables: readonly TableShape[]): Promise<LeafPlan> {
  const plan = new Map<string, Leaves>();
  for (const table of tables) plan.set(table.name, await planLeaves(client, table));
  return plan;
}

/** How a table is divided. @throws Error when the plan does not have it. */
export function leavesOf(plan: LeafPlan, { name }: TableShape): Leaves {
  const leaves = plan.get(name);
  if (leaves === undefined) throw new Error(`table ${name} has no plan; needed one from planTables`);
  return leaves;
}

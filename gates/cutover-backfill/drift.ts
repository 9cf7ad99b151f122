import { readCandidate } from '../cutover/candidate.ts';
import type { Plan } from '../cutover/plan.ts';
import { replicationState } from '../cutover/replication/replication-state.ts';
import { brokenBy } from '../cutover/replication/start-replication.ts';
import { readTableShapes } from '../verify/table-shape.ts';
import type { Sides } from './with-sides.ts';

/** What is not any more as the backfill left it: it runs again then, and finds out what can be gone on from. */
export async function backfillDrift({ source, target }: Sides, plan: Plan, build: string): Promise<string | undefined> {
  const candidate = await readCandidate(target);
  if (candidate?.build !== build) return 'the target is another build';
  if (candidate.state === 'serving') return undefined; // flipped to: what replicated to it has gone, as it must
  if (plan.strategy === 'copy') return undefined;
  const tables = (await readTableShapes(source)).map(({ name }) => name);
  const broken = await brokenBy(source, target, plan, tables, build);
  if (broken !== undefined) return broken;
  const state = await replicationState(source, target, plan);
  if (state.subscription !== 'enabled') return `the subscription is ${state.subscription}`;
  if (state.slot?.status === 'unreserved') return 'the slot is about to be lost';
  const behind = state.tables.find((table) => table.state !== 'r');
  return behind === undefined ? undefined : `table ${behind.name} is not copied`;
}

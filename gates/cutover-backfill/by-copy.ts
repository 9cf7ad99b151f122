import type { Plan } from '../cutover/plan.ts';
import { openSession, sideOf } from '../cutover/sides.ts';
import type { ByJob } from '../cutover/work/by-job.ts';
import { processWorkers } from '../cutover/work/process-workers.ts';
import type { StartWorkers } from '../cutover/work/workers.ts';
import type { Backfilling } from './by-replication.ts';
import { analyzeTables, carriedTables } from './carried.ts';
import type { BackfillDone, BackfillParts } from './facts.ts';
import type { Sides } from './with-sides.ts';

/** Carries the rows of a frozen source over by a copy; chunks that an earlier run copied stay. */
export async function byCopy(
  { target }: Sides,
  { plan, build, say, signal, epoch, job }: Backfilling & { readonly epoch: string; readonly job?: ByJob | undefined },
  { deferSlow, copyAll, restoreSlow }: Pick<BackfillParts, 'deferSlow' | 'copyAll' | 'restoreSlow'>,
): Promise<BackfillDone> {
  const since = performance.now();
  // An earlier run may have come further, and a source that was thawed since is copied anew.
  await deferSlow(target);
  await copyAll({
    ...{ plan, build, epoch, say, signal },
    source: open(plan, 'source'),
    target: open(plan, 'target'),
    ...copiers(plan, job),
  });
  const copied = performance.now();
  await restoreSlow(target, say, plan.backfill.minutes * 60_000);
  await analyzeTables(target, say);
  const restore = Math.round(performance.now() - copied);
  return {
    begun: 'new',
    tables: await carriedTables(target, []),
    ms: { copy: Math.round(copied - since), restore, catchUp: 0 },
    caughtUp: undefined,
  };
}

/** Nothing where the gate's own sessions copy. */
function copiers(plan: Plan, job: ByJob | undefined): { readonly start?: StartWorkers } {
  if (job !== undefined) return { start: job.start };
  if (plan.backfill.processes === 0) return {};
  const sides = { source: sideOf(plan, 'source'), target: sideOf(plan, 'target') };
  return { start: processWorkers(plan.backfill.processes, sides) };
}

function open(plan: Plan, side: 'source' | 'target') {
  return () => openSession(plan, side, { statementMs: plan.backfill.statementSeconds * 1000, lockMs: 5_000 });
}

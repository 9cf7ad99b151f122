import { readCandidate } from '../cutover/candidate.ts';
import type { Plan } from '../cutover/plan.ts';
import { markRecord } from '../cutover/replication/build-record.ts';
import { catchUp } from '../cutover/replication/catch-up.ts';
import { followCopy } from '../cutover/replication/follow-copy.ts';
import { brokenBy, startReplication } from '../cutover/replication/start-replication.ts';
import { gateError } from '../kernel/gate-error.ts';
import { readTableShapes } from '../verify/table-shape.ts';
import { analyzeTables, carriedTables } from './carried.ts';
import type { BackfillDone, BackfillParts } from './facts.ts';
import { refuse } from './refuse.ts';
import type { Sides } from './with-sides.ts';

/** What the backfill works with. */
export interface Backfilling {
  readonly plan: Plan;
  readonly build: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Carries the rows over by logical replication, and leaves it following. A run that was killed is gone on from: what was
 * copied stays as long as subscription, slot and publications are as they were made.
 * @throws GateError REPLICATION_LOST where a candidate that was verified cannot catch up any more: it is refused then.
 */
export async function byReplication(
  { source, target }: Sides,
  { plan, build, say, signal }: Backfilling,
  parts: Pick<BackfillParts, 'deferSlow' | 'restoreSlow'>,
): Promise<BackfillDone> {
  const tables = await readTableShapes(source);
  await demandUnbroken(
    { source, target },
    plan,
    build,
    tables.map(({ name }) => name),
  );
  const prepare = async () => void (await parts.deferSlow(target));
  const begun = await startReplication(source, target, plan, tables, { build, prepare, step: say });
  const [copy, copied] = await timed(() => followCopy(source, target, plan, { say, signal }));
  await markRecord(target, build, 'copied');
  const [restore] = await timed(async () => {
    await parts.restoreSlow(target, say, plan.backfill.minutes * 60_000);
    await markRecord(target, build, 'restored');
    await analyzeTables(target, say);
  });
  const [catchingUp, caughtUp] = await timed(() => catchUp(source, target, plan, { say, signal }));
  return {
    begun,
    tables: await carriedTables(target, copied),
    ms: { copy, restore, catchUp: catchingUp },
    caughtUp,
  };
}

/** Only a candidate that is being built may be emptied; a verified one that is cut off is none any more. */
async function demandUnbroken({ source, target }: Sides, plan: Plan, build: string, tables: readonly string[]) {
  const candidate = await readCandidate(target);
  if (candidate?.state === 'building') return;
  const broken = await brokenBy(source, target, plan, tables, build);
  if (broken === undefined) return;
  await refuse(source, target, plan, build, `cut off from the source: ${broken}`);
  throw gateError('REPLICATION_LOST', 'candidate', broken, 'the replication as it was made');
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [number, T]> {
  const since = performance.now();
  const result = await work();
  return [Math.round(performance.now() - since), result];
}

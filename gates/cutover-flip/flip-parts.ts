import { randomBytes } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { z } from 'zod';
import type { CutoverInputs, Plan } from '../cutover/plan.ts';
import { appliedBy } from '../cutover/replication/applied.ts';
import { stopReplication } from '../cutover/replication/stop-replication.ts';
import { sideOf } from '../cutover/sides.ts';
import { readAhead } from '../cutover/steps/ahead-journal.ts';
import type { LastDifference } from '../cutover/steps/flip-context.ts';
import type { FlipGround } from '../cutover/steps/open-flip-context.ts';
import { workersByJob } from '../cutover/work/by-job.ts';
import type { verifiedReceipt } from '../cutover-verify/verified-receipt.ts';
import { gateError } from '../kernel/gate-error.ts';
import type { World } from '../kernel/world.ts';
import { runVerification } from '../verify/run-verification.ts';
import type { Feed } from '../verify/touched/feed.ts';
import { verifyTouched } from '../verify/touched/verify-touched.ts';
import { comparison, differenceAhead, sessions } from './difference-ahead.ts';

/** What was proven of the candidate: its root, and, with replication, where it is read what was touched since. */
export type Proof = Pick<z.infer<typeof verifiedReceipt>, 'root' | 'feed'>;

type Planned = Pick<CutoverInputs, 'plan' | 'job'>;

/** What a flip takes from the backfill and the verification of its cutover, on sessions of the operators. */
export function flipParts(inputs: Planned, proof: Proof, world: World): FlipGround['partsOf'] {
  const { plan } = inputs;
  return ({ source, target }) => {
    const follows = plan.strategy === 'replicate';
    const applied = appliedBy(source, target, plan);
    return {
      applied: follows ? applied : async () => undefined,
      differenceAhead: async (ledger, signal) =>
        follows
          ? differenceAhead({ plan, feed: feedOf(proof), source, applied, ledger, signal, say: world.say })
          : { findings: [], compared: {} },
      lastDifference: (ledger, signal) =>
        follows ? touchedDifference(plan, feedOf(proof), ledger, signal) : wholeDifference(inputs, proof, world),
      stopReplication: () => stopReplication(source, target, plan),
    };
  };
}

function feedOf({ feed }: Proof): Feed {
  if (feed !== null) return feed;
  throw gateError('FEED_LOST', 'source', 'a verification without a feed', 'what was touched since then');
}

/** Of a source that was written to: every row that was touched since the verification began, and was not compared since. */
async function touchedDifference(
  plan: Plan,
  opened: Feed,
  ledger: ClientBase,
  signal: AbortSignal,
): Promise<LastDifference> {
  const { feed, left } = await readAhead(ledger, plan, opened);
  const options = { ...comparison(plan), feed, signal, ...(left !== undefined && { before: left }) };
  const { findings, compared, upTo } = await verifyTouched(sessions(plan), options);
  return { findings, compared: { upTo, tables: Object.fromEntries(compared) } };
}

/** Of a source that stood still since before it was copied: all of it again, against the root that was approved. */
async function wholeDifference(inputs: Planned, { root }: Proof, world: World): Promise<LastDifference> {
  const { plan } = inputs;
  const { findings, source } = await runVerification({
    runId: `${plan.id}-${randomBytes(3).toString('hex')}`,
    settings: plan.verify,
    invariants: plan.invariants,
    source: sideOf(plan, 'source'),
    target: sideOf(plan, 'target'),
    expected: root,
    progress: world.say,
    job: await workersByJob(world, inputs),
  });
  return { findings, compared: { root: source?.digest?.roots.database ?? null } };
}

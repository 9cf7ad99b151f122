import type { Client } from 'pg';
import { readCandidate } from '../gates/cutover/candidate.ts';
import type { Plan } from '../gates/cutover/plan.ts';
import { openSession, type Side } from '../gates/cutover/sides.ts';
import type { FlipContext } from '../gates/cutover/steps/flip-context.ts';
import { type FlipGround, withFlipContext } from '../gates/cutover/steps/open-flip-context.ts';
import type { CutoverFlipInputs } from '../gates/cutover-flip/facts.ts';
import { flipParts, type Proof } from '../gates/cutover-flip/flip-parts.ts';
import { provenFeed } from '../gates/cutover-verify/verify-candidate.ts';
import { gateError } from '../gates/kernel/gate-error.ts';
import { lockPromotion } from '../gates/kernel/lock-promotion.ts';
import { progressOf } from '../gates/kernel/progress.ts';
import { releasePromotionLocks } from '../gates/kernel/promotion-lock.ts';
import { openWorld, type World } from '../gates/kernel/world.ts';
import { cutoverJobName } from '../gates/policy/cutover-job.ts';
import type { CutoverStack } from './cutover-stack.ts';

/** What a command of a cutover works in: the promotion lock is held, an interrupt fires the signal. */
export interface CutoverWorld {
  readonly world: World;
  readonly inputs: CutoverFlipInputs;
}

/**
 * Runs a command of a cutover by itself: no promotion and no other such command goes on meanwhile.
 * @throws GateError PROMOTION_IN_PROGRESS, and what the work throws.
 */
export async function withCutoverWorld<T>(
  name: string,
  cutover: CutoverStack,
  work: (on: CutoverWorld) => Promise<T>,
): Promise<T> {
  const inputs = inputsOf(cutover);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(gateError('ABORTED', name, 'an interrupt', 'a command that runs to its end'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const { world, close } = openWorld(name, inputs, { signal: interrupt.signal, attempt: undefined, pending: true });
  try {
    await lockPromotion(inputs, world.platform);
    return await work({ world: { ...world, say: progressOf(name) }, inputs });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await close();
    await releasePromotionLocks();
  }
}

/** Opens all that the steps of a flip work on. */
export async function withCutoverContext<T>(on: CutoverWorld, work: (context: FlipContext) => Promise<T>): Promise<T> {
  const partsOf = flipParts(on.inputs, await provenBy(on), on.world);
  return withFlipContext({ ...sourceGround(on), partsOf }, work);
}

/** What there is to work on without the target. */
export function sourceGround({ world, inputs }: CutoverWorld): Omit<FlipGround, 'partsOf'> {
  const { plan, job, release, database, probe, drainSeconds, healthSeconds } = inputs;
  return { plan, job, release, rollout: { probe, drainSeconds, healthSeconds }, world, database };
}

/** Opens the operator's session of one side. */
export async function withOperator<T>(plan: Plan, side: Side, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await openSession(plan, side);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function inputsOf({ config, plan, release, job, platform, database, stack }: CutoverStack): CutoverFlipInputs {
  const { healthSeconds, drainSeconds, probeHeader, probeAnswers, probeSeconds } = config.rollout;
  return {
    ...{ plan, release, platform, database, stack, healthSeconds, drainSeconds },
    ...(job && { job: { name: cutoverJobName, workers: job.workers } }),
    receipts: [],
    change: config.change,
    artifacts: config.artifacts,
    probe: { header: probeHeader, answers: probeAnswers, seconds: probeSeconds },
  };
}

/** What was proven of the candidate, as the ledger and its mark have it. */
async function provenBy({ world, inputs: { plan } }: CutoverWorld): Promise<Proof> {
  const candidate = await withOperator(plan, 'target', readCandidate);
  const feed = candidate && (await provenFeed(await world.database(), plan.id, candidate.build));
  return { root: candidate?.note ?? '', feed: feed ?? null };
}

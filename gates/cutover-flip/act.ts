import type { Client } from 'pg';
import { readCandidate } from '../cutover/candidate.ts';
import type { FlipContext, FlipParts } from '../cutover/steps/flip-context.ts';
import { beginFlipRun, readFlipRun } from '../cutover/steps/flip-journal.ts';
import { moveMark } from '../cutover/steps/mark-serving.ts';
import { type FlipGround, withFlipContext } from '../cutover/steps/open-flip-context.ts';
import { openSourceAlone } from '../cutover/steps/open-source-alone.ts';
import { addressLine } from '../cutover/steps/pointed.ts';
import { demandReady } from '../cutover/steps/ready-to-flip.ts';
import { isOpened, runFlip } from '../cutover/steps/run-flip.ts';
import { undoFlip } from '../cutover/steps/undo-flip.ts';
import { GateError, gateError, messageOf } from '../kernel/gate-error.ts';
import type { World } from '../kernel/world.ts';
import { flipSeconds, undoSeconds } from './bounds.ts';
import type { CutoverFlipDone, CutoverFlipInputs } from './facts.ts';

/** Gives the functions of the backfill and the verification, on these sessions. */
export type PartsOf = (
  inputs: CutoverFlipInputs,
  world: World,
) => (sides: { readonly source: Client; readonly target: Client }) => FlipParts;

/**
 * Flips, from where an earlier run stopped; where it cannot and the target was not opened for writes, goes back at once. A
 * definite no ends the cutover: nothing replicates any more, and the candidate is refused.
 */
export async function actFlip(world: World, inputs: CutoverFlipInputs, partsOf: PartsOf): Promise<CutoverFlipDone> {
  const { plan, job, release, database, probe, drainSeconds, healthSeconds } = inputs;
  const bounded = (signal: AbortSignal): FlipGround => {
    const within: World = { ...world, signal };
    const rollout = { probe, drainSeconds, healthSeconds };
    return { plan, job, release, rollout, world: within, database, partsOf: partsOf(inputs, within) };
  };
  const undo = <T>(work: (context: FlipContext) => Promise<T>) =>
    withFlipContext(bounded(AbortSignal.timeout(undoSeconds(inputs) * 1000)), work);
  await undo(finishUndo);
  const bound = boundOf(inputs);
  try {
    return await withFlipContext(bounded(AbortSignal.any([world.signal, bound.signal])), flip);
  } catch (error) {
    const ended = bound.signal.aborted && !(error instanceof GateError) ? bound.signal.reason : error;
    await undo((context) => goBack(context, ended)).catch(async (failure: unknown) => {
      world.say(`the way back is not finished (${messageOf(failure)}); the next \`npm run cutover\` goes on with it`);
      await openSourceAlone(world, plan, messageOf(ended));
    });
    throw ended;
  } finally {
    bound.end();
  }
}

async function flip(context: FlipContext): Promise<CutoverFlipDone> {
  const { ledger, plan, targetAddress } = context;
  const left = await readFlipRun(ledger, plan);
  const run =
    left?.state === 'flipping' || left?.state === 'flipped'
      ? left
      : await beginFlipRun(ledger, plan, { rehearsal: false, from: await demandReady(context) });
  return { ...(await runFlip(context, run)), from: addressLine(run.from), to: addressLine(targetAddress) };
}

/** What an earlier run had to take back, and a rehearsal that was cut off. */
async function finishUndo(context: FlipContext): Promise<void> {
  const left = await readFlipRun(context.ledger, context.plan);
  if (left?.state !== 'undoing' && !(left?.state === 'flipping' && left.rehearsal)) return;
  context.world.say('an earlier run was cut off; going back to where it began');
  await undoFlip(context, left, 'an earlier run that was cut off');
}

async function goBack(context: FlipContext, why: unknown): Promise<void> {
  const { ledger, plan, world, target, parts } = context;
  const run = await readFlipRun(ledger, plan);
  if (run?.state === 'flipping' && isOpened(run)) {
    world.say(
      'the target may have writes of its own: the next `npm run cutover` finishes the flip, `npm run way-back` goes back',
    );
    return;
  }
  if (run?.state === 'flipping' || run?.state === 'undoing') {
    world.say('going back to the source, which has everything');
    await undoFlip(context, run, messageOf(why));
  }
  if (!(why instanceof GateError) || why.verdict !== 'failed') return;
  await parts.stopReplication();
  if ((await readCandidate(target))?.state === 'verified') await moveMark(target, ['verified'], 'refused', why.message);
}

function boundOf(inputs: CutoverFlipInputs) {
  const seconds = flipSeconds(inputs);
  const controller = new AbortController();
  const late = () =>
    controller.abort(
      gateError('DEADLINE_EXCEEDED', 'cutover-flip', `no end after ${seconds} s`, `one within ${seconds} s`),
    );
  const timer = setTimeout(late, seconds * 1000);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}

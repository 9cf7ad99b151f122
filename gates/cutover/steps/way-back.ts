import { GateError, gateError, messageOf } from '../../kernel/gate-error.ts';
import { recordEvent } from '../../kernel/ledger/cutover-event.ts';
import { nameError } from '../../kernel/name-error.ts';
import { readCandidate } from '../candidate.ts';
import { demandClosed } from '../freeze/demand-closed.ts';
import { freeze } from '../freeze/freeze.ts';
import { frozenThrough } from '../freeze/freeze-journal.ts';
import { letReplicationIn } from '../freeze/let-replication-in.ts';
import { thaw } from '../freeze/thaw.ts';
import { recordRevisions } from './accepted-revisions.ts';
import { backApplied, backState, stopBack } from './back-replication.ts';
import { carrySequences } from './carry-sequences.ts';
import type { FlipContext } from './flip-context.ts';
import { type FlipRun, readFlipRun, runSteps } from './flip-journal.ts';
import { type Loss, lossLine, lossOfGoingBack } from './loss-of-going-back.ts';
import { moveMark } from './mark-serving.ts';
import { addressLine } from './pointed.ts';
import { refreshViews } from './refresh-views.ts';
import { drainOthers, rollServices, rollWorkers } from './roll-apps.ts';
import { type StepDone, stepRunner } from './run-steps.ts';
import { type Scanned, scanSource } from './scan-source.ts';

/** What a way back came to. */
export interface WentBack {
  readonly loss: Loss;
  readonly steps: readonly StepDone[];
  readonly scan: Scanned;
}

const settledStep = 'way back: loss';
const newestAccepted = `select seq::text, sha, release_digest as release from sallyport.accepted order by sallyport.accepted.seq desc limit 1`;
const acceptedFrom = `
select seq::text, sha, release_digest as release from sallyport.accepted where seq >= $1 order by sallyport.accepted.seq`;

interface AcceptedRow {
  readonly seq: string;
  readonly sha: string;
  readonly release: string;
}

/**
 * Takes the application back to the source after a finished flip: the target takes no more writes, the source has all of them
 * where it followed, and serves again. May be killed anywhere, and run again.
 * @throws GateError NOTHING_TO_GO_BACK_FROM, PROMOTED_SINCE_FLIP, LOSS_NOT_ACCEPTED (nothing is changed then), or that of a step.
 */
export async function wayBack(
  context: FlipContext,
  { acceptLoss }: { readonly acceptLoss: boolean },
): Promise<WentBack> {
  const { world, ledger, source, target, plan } = context;
  const run = await runToGoBackFrom(context);
  const steps = stepRunner(context, 'way back', run.done);
  await demandStillFrozen(context, run);
  const { loss } = await orOpenAgain(context, async () => {
    await steps.run('freeze target', async () => {
      const login = (role: string) => context.login('target', role);
      return { ...(await freeze(ledger, target, plan, world.say, world.signal, { side: 'target', login })) };
    });
    const settled = (await steps.run('loss', async () => ({
      loss: await settledLoss(context, acceptLoss, plan.freeze.drainSeconds),
    }))) as {
      loss: Loss;
    };
    await steps.run('sequences', async () => {
      // The source is frozen: an operator that writes by the rights of the tables' owner has none there now.
      await letReplicationIn(ledger, source, plan, 'source');
      return { sequences: await carrySequences(target, source, { made: 'since' }) };
    });
    if (settled.loss.kind === 'none') {
      const bound = plan.backfill.statementSeconds;
      await steps.run('views', async () => ({ views: await refreshViews(target, source, bound) }));
    }
    return settled;
  });
  await steps.run('stop', async () => void (await stopBack(source, target, plan)));
  await steps.run('point', async () => {
    await context.pointer.point(run.from);
    await moveMark(target, ['serving'], 'refused', 'the application went back to the source');
    return { to: addressLine(run.from) };
  });
  await steps.run('thaw', async () => ({ ...(await thaw(ledger, source, plan)) }));
  await steps.run('roll', async () => {
    const suffix = `w${run.mark}`;
    const revisions = { ...(await rollServices(context, suffix)), ...(await rollWorkers(context, suffix)) };
    await recordRevisions(ledger, revisions);
    return { revisions, drained: await drainOthers(context, revisions) };
  });
  const { scan } = (await steps.run('scan', async () => ({ scan: await scanSource(context) }))) as { scan: Scanned };
  await recordEvent(ledger, plan.id, runSteps.backFinished, {});
  return { loss, steps: steps.done, scan };
}

/** What going back would lose now, and whether it may. @throws GateError as {@link wayBack}; nothing is changed. */
export async function demandWayBack(context: FlipContext, acceptLoss: boolean): Promise<Loss> {
  const run = await readFlipRun(context.ledger, context.plan);
  if (run === undefined || (run.state !== 'flipped' && run.state !== 'returning')) {
    const found = run === undefined ? 'no flip' : 'a flip that was not finished';
    throw gateError('NOTHING_TO_GO_BACK_FROM', context.plan.id, found, 'a finished one');
  }
  if (run.state === 'returning' && (await readCandidate(context.target))?.state !== 'serving') {
    return { kind: 'none', why: 'the application has the source already' };
  }
  // It was settled when the target stood still, which it has done since; what it was counted by may be gone already.
  const settled = run.state === 'returning' ? run.done.get(settledStep)?.detail.loss : undefined;
  if (settled !== undefined) return settled as Loss;
  await demandNothingPromoted(context);
  return settledLoss(context, acceptLoss, context.plan.backfill.statementSeconds);
}

async function runToGoBackFrom(context: FlipContext): Promise<FlipRun> {
  const { ledger, plan } = context;
  let run = await readFlipRun(ledger, plan);
  if (run?.state === 'flipped') {
    await recordEvent(ledger, plan.id, runSteps.backBegun, {});
    run = await readFlipRun(ledger, plan);
  }
  if (run?.state === 'returning') return run;
  throw gateError('NOTHING_TO_GO_BACK_FROM', plan.id, 'no finished flip', 'one');
}

/** A target that was thawed by hand since it was frozen took writes that were not counted as lost. */
async function demandStillFrozen(context: FlipContext, { done }: FlipRun): Promise<void> {
  const frozen = done.get('way back: freeze target');
  if (frozen === undefined || done.has('way back: point')) return;
  await orOpenAgain(context, async () => {
    const { ledger, target, plan } = context;
    if (await frozenThrough(ledger, plan, 'target', frozen)) return await demandClosed(target, plan, 'target');
    const found = 'a target that was thawed after an earlier run had frozen it';
    throw gateError('FREEZE_INCOMPLETE', 'target', found, 'one that stays frozen until the way back has ended');
  });
}

/**
 * Where the target cannot be stopped, or going back may not be, it takes writes again: nothing else was changed so far. A run
 * that was cut off is the next one's to go on with; a server's refusal would only come again, with both sides frozen.
 */
async function orOpenAgain<T>({ ledger, target, plan, world }: FlipContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const error = nameError(cause, 'the way back');
    if (!(error instanceof GateError)) throw error;
    try {
      await thaw(ledger, target, plan, 'target');
      await recordEvent(ledger, plan.id, runSteps.backGivenUp, { why: error.message });
    } catch (failure) {
      world.say(`the target is still frozen (${messageOf(failure)}): \`npm run way-back\` goes on`);
    }
    throw error;
  }
}

/**
 * What is missing on the source is what is lost. A source that follows has all it can get first; that it follows is shown by
 * that, as a subscription which fails at the same row again and again looks like one.
 */
async function settledLoss(
  { plan, source, target, world }: FlipContext,
  acceptLoss: boolean,
  countSeconds: number,
): Promise<Loss> {
  const loss = acceptable(await lossOfGoingBack({ plan, source, target }, countSeconds), acceptLoss);
  if (!plan.reverse || (await backState(source, target, plan)) !== 'follows') return loss;
  const { rows } = await target.query<{ lsn: string }>(`select pg_catalog.pg_current_wal_flush_lsn()::text as lsn`);
  const bound = AbortSignal.timeout(plan.freeze.drainSeconds * 1000);
  try {
    await backApplied(source, target, plan, rows[0]?.lsn ?? '', AbortSignal.any([world.signal, bound]));
    return loss;
  } catch (error) {
    const why = `a lag that did not end within ${plan.freeze.drainSeconds} s`;
    const stuck = bound.aborted
      ? gateError('BACK_STUCK', 'source', why, 'a source that follows the target', error)
      : error;
    if (acceptLoss && stuck instanceof GateError) return { kind: 'unknown', why: stuck.message };
    throw stuck;
  }
}

function acceptable(loss: Loss, acceptLoss: boolean): Loss {
  if (loss.kind === 'none' || acceptLoss) return loss;
  throw gateError('LOSS_NOT_ACCEPTED', 'target', lossLine(loss), 'nothing to lose, or --accept-loss');
}

/**
 * The source has the schema and the record of what serves. The same release accepted once more is none other: where apps are
 * declared, that is how the promotion stack comes to name the target.
 */
async function demandNothingPromoted({ ledger, gates, targetAddress }: FlipContext): Promise<void> {
  const client = await gates(targetAddress);
  try {
    const [here] = (await ledger.query<AcceptedRow>(newestAccepted)).rows;
    const there = (await client.query<AcceptedRow>(acceptedFrom, [here?.seq ?? '0'])).rows;
    if (there[0]?.seq === here?.seq && there.every(({ release }) => release === here?.release)) return;
    const other = there.findLast(({ release }) => release !== here?.release) ?? there[0];
    const found = `release ${other?.sha ?? 'none'} accepted on the target`;
    throw gateError('PROMOTED_SINCE_FLIP', 'ledger', found, `${here?.sha ?? 'none'}, as on the source, and no other`);
  } finally {
    await client.end();
  }
}

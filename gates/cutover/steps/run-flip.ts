import { differenceLine } from '../../catalog/compare.ts';
import { schemaParity } from '../../cutover-schema/schema-parity.ts';
import { GateError, gateError } from '../../kernel/gate-error.ts';
import { recordEvent } from '../../kernel/ledger/cutover-event.ts';
import { blocker, verdictOf } from '../../kernel/verdict.ts';
import { readTableShapes } from '../../verify/table-shape.ts';
import { closeToNew, closeToRunning } from '../freeze/close-writers.ts';
import { demandClosed } from '../freeze/demand-closed.ts';
import { freeze } from '../freeze/freeze.ts';
import { frozenThrough, readFreezeJournal } from '../freeze/freeze-journal.ts';
import { sessionRole } from '../freeze/permitted.ts';
import { thaw } from '../freeze/thaw.ts';
import { serverNow } from '../freeze/writing-sessions.ts';
import { unreplicable } from '../replication/replicable.ts';
import type { Side } from '../sides.ts';
import { recordRevisions } from './accepted-revisions.ts';
import { isFollowable, openBackSlot, startBack } from './back-replication.ts';
import { carryLedger } from './carry-ledger.ts';
import { carrySequences } from './carry-sequences.ts';
import type { FlipContext, LastDifference } from './flip-context.ts';
import { type FlipRun, runSteps, timeOf } from './flip-journal.ts';
import { moveMark } from './mark-serving.ts';
import { addressLine } from './pointed.ts';
import { refreshViews } from './refresh-views.ts';
import { drainOthers, moveTraffic, type Revisions, rollWorkers, startServices } from './roll-apps.ts';
import { type StepDone, type StepRunner, stepRunner } from './run-steps.ts';
import { smokePublic } from './smoke-public.ts';

/** What a flip came to. */
export interface Flipped {
  readonly steps: readonly StepDone[];
  /** From the first refused write until the target took writes, an app serving on it; milliseconds. */
  readonly frozenMs: number | null;
  readonly revisions: Revisions;
}

const openStep = 'open';

/** Whether writes may be on the target: what fails later is finished by the next run, and nothing is taken back by itself. */
export function isOpened({ done }: FlipRun): boolean {
  return done.has('flip: opening');
}

/** Whether requests may have gone to the target; before that they are answered from the source, whatever the pointer says. */
export function isMoved({ done }: FlipRun): boolean {
  return done.has('flip: moving traffic');
}

/**
 * Takes the application to the target, step by step. What an earlier run has done is passed over. Until the target is open for
 * writes it takes none, so that going back loses nothing.
 * @throws GateError of the step that could not be done; the caller undoes, unless the target was opened.
 */
export async function runFlip(context: FlipContext, run: FlipRun): Promise<Flipped> {
  const { world, ledger, plan, target } = context;
  await demandStillFrozen(context, run);
  const steps = stepRunner(context, 'flip', run.done);
  if (!run.done.has('flip: freeze')) {
    await demandSameSchema(context);
    await steps.run('compare ahead', async () => equal(await context.parts.differenceAhead(ledger, world.signal)));
  }
  await standStill(context, steps);
  // Not before the target has everything: what replicates to it may write as an owner whose rights are taken here.
  await steps.run('close', () => closeTarget(context, run));
  await steps.run('ledger', () => carry(context, run));
  // On record before the pointer moves: whoever undoes has to roll back what was rolled in part, and what the platform started
  // anew by itself meanwhile, which has the target.
  await steps.run('rolling', async () => undefined);
  await steps.run('point', async () => {
    await context.pointer.point(context.targetAddress);
    return { to: addressLine(context.targetAddress) };
  });
  const { revisions } = (await steps.run('start', async () => ({
    revisions: await startServices(context, `c${run.mark}`),
  }))) as { revisions: Revisions };
  await steps.run('moving traffic', async () => undefined);
  await steps.run('traffic', async () => {
    if (!run.rehearsal) await moveMark(target, ['verified'], 'serving');
    await moveTraffic(context, revisions);
    return undefined;
  });
  await steps.run('smoke', async () => ({ surfaces: await smokePublic(context) }));
  if (run.rehearsal) {
    await steps.run('drain old', async () => ({ drained: await drainOthers(context, revisions) }));
    return { steps: steps.done, frozenMs: null, revisions };
  }
  // On record before it begins: whoever goes back has to take away what was begun, and the candidate is followed no more.
  await steps.run('leaving source', async () => undefined);
  await steps.run('leave source', () => leaveSource(context));
  await steps.run('opening', async () => undefined);
  await steps.run(openStep, async () => {
    const { rights } = await thaw(ledger, target, plan, 'target');
    return { rights, openedAt: await serverNow(ledger) };
  });
  const workers = (await steps.run('workers', async () => ({
    revisions: await rollWorkers(context, `c${run.mark}`),
  }))) as { revisions: Revisions };
  const all = { ...revisions, ...workers.revisions };
  await steps.run('revisions', () => recordOn(context, all));
  await steps.run('drain old', async () => ({ drained: await drainOthers(context, all) }));
  await recordEvent(ledger, plan.id, runSteps.finished, {});
  world.say('the application has the target; the source stays frozen');
  await sayWhatNamesIt(context);
  return { steps: steps.done, frozenMs: frozenMs(steps.done), revisions: all };
}

/** Where apps are declared, the next promotion would declare the old database: it is refused until the stack names the new one. */
async function sayWhatNamesIt({ world, targetAddress }: FlipContext): Promise<void> {
  if ((await world.platform()).address.kind !== 'azure') return;
  const keys = 'sallyport:platform.server, sallyport:platform.database';
  world.say(`next: name ${addressLine(targetAddress)} in the promotion stack (${keys}), which is refused until then`);
}

/** A source that was thawed by hand since an earlier run froze it took writes that the steps after the freeze have not seen. */
async function demandStillFrozen({ ledger, source, plan }: FlipContext, run: FlipRun): Promise<void> {
  const frozen = run.done.get('flip: freeze');
  if (frozen === undefined || isOpened(run)) return;
  if (await frozenThrough(ledger, plan, 'source', frozen)) return await demandClosed(source, plan, 'source');
  const found = 'a source that was thawed after an earlier run had frozen it';
  throw gateError('FREEZE_INCOMPLETE', 'source', found, 'one that stays frozen until the flip has ended');
}

/**
 * What was promoted, or changed by hand, since the candidate's schema was made is on the source only, while the history of
 * migrations was replicated and says that the target has it.
 */
async function demandSameSchema({ ledger, source, target, plan, release }: FlipContext): Promise<void> {
  const rightsOf = async (side: Side) => (await readFreezeJournal(ledger, plan, side)).rights;
  const taken = { source: await rightsOf('source'), target: await rightsOf('target') };
  const { differences } = await schemaParity(source, target, release.migrations, taken);
  if (differences.length === 0) return;
  const needed = 'what the source has, from the migrations';
  throw new GateError(differences.map((each) => blocker('SCHEMA_PARITY', each.object, differenceLine(each), needed)));
}

/** Writes stop, the target has everything, and that is shown. */
async function standStill(context: FlipContext, steps: StepRunner): Promise<void> {
  const { world, ledger, source, target, plan, parts } = context;
  const { lsn } = await steps.run('freeze', async () => {
    const login = (role: string) => context.login('source', role);
    return { ...(await freeze(ledger, source, plan, world.say, world.signal, { login })) };
  });
  await steps.run('drain', async () => {
    const bound = AbortSignal.timeout(plan.freeze.drainSeconds * 1000);
    const signal = AbortSignal.any([world.signal, bound]);
    await parts.applied(String(lsn), signal).catch(late(bound, plan.freeze.drainSeconds));
    return undefined;
  });
  await steps.run('compare', async () => equal(await parts.lastDifference(ledger, world.signal)));
  await steps.run('sequences', async () => ({ sequences: await carrySequences(source, target) }));
  await steps.run('views', async () => ({
    views: await refreshViews(source, target, plan.backfill.statementSeconds),
  }));
}

function equal({ findings, compared }: LastDifference): Record<string, unknown> {
  if (verdictOf(findings) !== 'passed') throw new GateError(findings);
  return { compared };
}

/**
 * The target takes no writes of the application yet: by its rights, so that its sessions can write as soon as they are given
 * back; in a rehearsal, where they never are, by the settings of its roles too.
 */
async function closeTarget(
  { ledger, target, plan }: FlipContext,
  { rehearsal }: FlipRun,
): Promise<Record<string, unknown>> {
  // A way back left it frozen whole: sessions that began read-only would stay so when the target is opened.
  await thaw(ledger, target, plan, 'target');
  if (rehearsal) await closeToNew(ledger, target, plan, 'target', await sessionRole(ledger), { database: false });
  return { rights: (await closeToRunning(ledger, target, plan, 'target')).length };
}

async function carry(context: FlipContext, run: FlipRun): Promise<Record<string, unknown>> {
  const [from, to] = [await context.gates(run.from), await context.gates(context.targetAddress)];
  try {
    return { rows: await carryLedger(from, to, context.target) };
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

/** The forward replication ends and the way back begins, before the first write on the target. */
async function leaveSource({ parts, ledger, source, target, plan }: FlipContext): Promise<Record<string, unknown>> {
  // Minutes after it was compared: what was written since would come too late.
  await demandClosed(source, plan, 'source');
  await parts.stopReplication();
  if (plan.reverse) {
    await startBack(ledger, source, target, plan);
    return { back: 'the source follows the target' };
  }
  // A publication would refuse the application's updates of a table without replica identity.
  const unfit = await unreplicable(target, await readTableShapes(target));
  if (unfit.length > 0 || !(await isFollowable(target))) {
    return { back: 'nothing: what going back would lose is not known' };
  }
  await openBackSlot(target, plan);
  return { back: 'what is written on the target is counted' };
}

async function recordOn(context: FlipContext, revisions: Revisions): Promise<undefined> {
  const client = await context.gates(context.targetAddress);
  try {
    await recordRevisions(client, revisions);
  } finally {
    await client.end();
  }
}

function frozenMs(done: readonly StepDone[]): number | null {
  const stopped = done.find(({ step }) => step === 'freeze')?.detail.stoppedAt;
  const opened = done.find(({ step }) => step === openStep)?.detail.openedAt;
  if (typeof stopped !== 'string' || typeof opened !== 'string') return null;
  return Math.round(timeOf({ at: opened }) - timeOf({ at: stopped }));
}

function late(bound: AbortSignal, seconds: number) {
  return (error: unknown): never => {
    if (!bound.aborted) throw error;
    const needed = 'a target that has applied all of the source';
    throw gateError('LAG_NOT_DRAINED', 'target', `no end of the lag after ${seconds} s`, needed, error);
  };
}

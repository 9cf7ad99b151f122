import pg from 'pg';
import { GateError, gateError, messageOf } from '../../kernel/gate-error.ts';
import { recordEvent } from '../../kernel/ledger/cutover-event.ts';
import { recordFreeze } from '../freeze/freeze-journal.ts';
import { letReplicationIn } from '../freeze/let-replication-in.ts';
import { thaw } from '../freeze/thaw.ts';
import { namesOf } from '../plan.ts';
import { stopReplication } from '../replication/stop-replication.ts';
import { dropSubscription } from '../replication/subscription.ts';
import { openSession } from '../sides.ts';
import { recordRevisions } from './accepted-revisions.ts';
import { advanceSequences } from './advance-sequences.ts';
import { readFlipRun, runSteps } from './flip-journal.ts';
import type { SourceContext } from './open-flip-context.ts';
import { addressLine } from './pointed.ts';
import { drainOthers, rollServices, rollWorkers } from './roll-apps.ts';
import { isOpened } from './run-flip.ts';
import { type StepDone, stepRunner } from './run-steps.ts';
import { runningApps } from './running-app.ts';
import { type Scanned, scanSource } from './scan-source.ts';

/** SQLSTATE of a server that has no such database. */
const noDatabase = '3D000';

/** What leaving the target came to. */
export interface LeftTarget {
  /** Whether the target may have taken writes that nobody has now. */
  readonly opened: boolean;
  readonly steps: readonly StepDone[];
  readonly scan: Scanned;
}

/**
 * Takes the application back to the source when the target does not answer any more and will not: nothing of it is read, nor
 * changed. Also out of a flip that was cut off. May be killed anywhere, and run again.
 * @throws GateError NOTHING_TO_GO_BACK_FROM, TARGET_ANSWERS, LOSS_NOT_ACCEPTED, PROMOTED_SINCE_FLIP, APP_NOT_AS_SERVED (nothing is changed then), or
 * that of a step.
 */
export async function leaveTarget(
  context: SourceContext,
  { acceptLoss }: { readonly acceptLoss: boolean },
): Promise<LeftTarget> {
  const { plan, ledger, source, pointer } = context;
  await demandSilent(context);
  const run = await readFlipRun(ledger, plan);
  if (run === undefined) throw gateError('NOTHING_TO_GO_BACK_FROM', plan.id, 'no flip', 'one');
  const opened = isOpened(run);
  if (opened && !acceptLoss) {
    const found = 'a target that cannot be asked what was written there since the flip';
    throw gateError('LOSS_NOT_ACCEPTED', 'target', found, '--accept-loss');
  }
  await demandSameRelease(context);
  if (run.state === 'flipping' && !opened) {
    await recordEvent(ledger, plan.id, runSteps.undoing, { why: 'the target does not answer' });
  }
  if (opened && run.state !== 'returning') await recordEvent(ledger, plan.id, runSteps.backBegun, {});
  const steps = stepRunner(context, 'leave target', run.done);
  await steps.run('point', async () => {
    await pointer.point(run.from);
    return { to: addressLine(run.from) };
  });
  await steps.run('end replication', () => endReplication(context));
  await steps.run('sequences', async () => {
    await letReplicationIn(ledger, source, plan, 'source');
    return { sequences: await advanceSequences(source) };
  });
  await steps.run('thaw', async () => ({ ...(await thaw(ledger, source, plan)) }));
  await steps.run('roll', async () => {
    const suffix = `l${run.mark}`;
    const revisions = { ...(await rollServices(context, suffix)), ...(await rollWorkers(context, suffix)) };
    await recordRevisions(ledger, revisions);
    return { revisions, drained: await drainOthers(context, revisions) };
  });
  const { scan } = (await steps.run('scan', async () => ({ scan: await scanSource(context) }))) as { scan: Scanned };
  await recordEvent(ledger, plan.id, opened ? runSteps.backFinished : runSteps.undone, {});
  return { opened, steps: steps.done, scan };
}

/** Both databases would take writes: one whose server answers, whatever it says, is closed first. */
async function demandSilent({ plan, world }: Pick<SourceContext, 'plan' | 'world'>): Promise<void> {
  const said = await openSession(plan, 'target').then(
    async (session) => {
      await session.end();
      return 'a target that answers';
    },
    (error: unknown) => {
      const answer = error instanceof GateError && error.cause instanceof pg.DatabaseError ? error.cause : undefined;
      if (!(error instanceof GateError && error.findings[0]?.code === 'DATABASE_UNREACHABLE')) throw error;
      if (answer !== undefined && answer.code !== noDatabase) return `a server that answers: ${answer.message}`;
      world.say(`the target does not answer: ${messageOf(error)}`);
      return undefined;
    },
  );
  if (said === undefined) return;
  throw gateError('TARGET_ANSWERS', 'target', said, '`npm run way-back` without --without-target');
}

/** What still runs is what was accepted here: another release has another schema than the source. */
async function demandSameRelease({ world, release }: Pick<SourceContext, 'world' | 'release'>): Promise<void> {
  for (const { name, serving } of await runningApps((await world.platform()).apps, release)) {
    const accepted = release.services[name]?.image;
    if (serving.image === accepted) continue;
    throw gateError('PROMOTED_SINCE_FLIP', name, serving.image, `${accepted}, as it was accepted on the source`);
  }
}

/** On the source only: what is left on the target goes with it, and so does what was taken there for a freeze. */
async function endReplication({ ledger, source, plan, world }: SourceContext): Promise<Record<string, unknown>> {
  await dropSubscription(source, namesOf(plan).back);
  await recordFreeze(ledger, plan, 'target', 'thawed', { left: 'a target that is gone' });
  try {
    await stopReplication(source, undefined, plan);
    return { left: 'nothing' };
  } catch (error) {
    // That something is left can be said, and the application has the source all the same; anything else is no answer.
    if (!(error instanceof GateError && error.findings.every(({ code }) => code === 'REPLICATION_LEFT'))) throw error;
    world.say(messageOf(error));
    return { left: messageOf(error) };
  }
}

import { recordEvent } from '../../kernel/ledger/cutover-event.ts';
import { readCandidate } from '../candidate.ts';
import { readFreezeJournal } from '../freeze/freeze-journal.ts';
import { thaw } from '../freeze/thaw.ts';
import { recordRevisions } from './accepted-revisions.ts';
import { stopBack } from './back-replication.ts';
import type { FlipContext } from './flip-context.ts';
import { type FlipRun, readFlipRun, runSteps } from './flip-journal.ts';
import { moveMark } from './mark-serving.ts';
import { addressLine } from './pointed.ts';
import { drainOthers, rollServices, rollWorkers } from './roll-apps.ts';
import { type StepDone, stepRunner } from './run-steps.ts';

/**
 * Takes a flip back that was not opened for writes: the application has the source again, which takes writes again, and the
 * candidate is followed on. May be killed anywhere, and run again. Also the way back of a rehearsal.
 */
export async function undoFlip(context: FlipContext, begun: FlipRun, why: string): Promise<readonly StepDone[]> {
  const { ledger, source, target, plan } = context;
  if (begun.state !== 'undoing') await recordEvent(ledger, plan.id, runSteps.undoing, { why });
  const run = (await readFlipRun(ledger, plan)) ?? begun;
  const steps = stepRunner(context, 'undo', run.done);
  await steps.run('point', async () => {
    await context.pointer.point(run.from);
    if ((await readCandidate(target))?.state === 'serving') await moveMark(target, ['serving'], 'verified');
    return { to: addressLine(run.from) };
  });
  // The target took no writes: nothing is missing on the source, and whoever still has it can write.
  const { kept } = await steps.run('thaw', async () => {
    // Frozen by hand before it was copied: what was copied is all of it only as long as it stays so.
    const { begun: frozen } = await readFreezeJournal(ledger, plan, 'source');
    if (frozen !== undefined && frozen < run.id) {
      const kept = 'the source was frozen before this flip, and stays so; npm run thaw opens it';
      context.world.say(kept);
      return { kept };
    }
    return { ...(await thaw(ledger, source, plan)) };
  });
  if (run.done.has('flip: rolling')) {
    await steps.run('roll', async () => {
      const suffix = `b${run.mark}`;
      const services = await rollServices(context, suffix);
      // On a source that stays frozen none becomes healthy.
      const revisions = { ...services, ...(kept === undefined && (await rollWorkers(context, suffix))) };
      await recordRevisions(ledger, revisions);
      return { revisions, drained: await drainOthers(context, revisions) };
    });
  }
  if (run.done.has('flip: leaving source')) {
    await steps.run('end replication', async () => {
      await stopBack(source, target, plan);
      await context.parts.stopReplication();
      await moveMark(target, ['verified'], 'refused', 'the flip went back after the target was followed no more');
      return undefined;
    });
  }
  await steps.run('open target', async () => ({ ...(await thaw(ledger, target, plan, 'target')) }));
  await recordEvent(ledger, plan.id, runSteps.undone, {});
  return steps.done;
}

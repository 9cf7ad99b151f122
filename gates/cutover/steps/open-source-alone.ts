import { messageOf } from '../../kernel/gate-error.ts';
import { recordEvent } from '../../kernel/ledger/cutover-event.ts';
import type { World } from '../../kernel/world.ts';
import { readFreezeJournal } from '../freeze/freeze-journal.ts';
import { thaw } from '../freeze/thaw.ts';
import type { Plan } from '../plan.ts';
import { openSession } from '../sides.ts';
import { readFlipRun, runSteps } from './flip-journal.ts';
import { isOpened } from './run-flip.ts';

/**
 * Gives the application the source and opens it again where the way back did not come that far: its steps need the target too, which may be
 * what failed. The rest of the way back is the next run's. Does nothing once the target may have writes of its own, and says
 * where it cannot.
 */
export async function openSourceAlone(
  world: Pick<World, 'database' | 'platform' | 'say'>,
  plan: Pick<Plan, 'id' | 'source' | 'target'>,
  why: string,
): Promise<void> {
  try {
    if (await reopen(world, plan, why)) world.say('the source takes writes again');
  } catch (error) {
    world.say(`the source is still frozen (${messageOf(error)}): npm run thaw opens it`);
  }
}

async function reopen(
  world: Pick<World, 'database' | 'platform' | 'say'>,
  plan: Pick<Plan, 'id' | 'source' | 'target'>,
  why: string,
): Promise<boolean> {
  const ledger = await world.database();
  const run = await readFlipRun(ledger, plan);
  if (run === undefined || isOpened(run) || (run.state !== 'flipping' && run.state !== 'undoing')) return false;
  if (run.state === 'flipping') await recordEvent(ledger, plan.id, runSteps.undoing, { why });
  // What starts again from now on finds the source. Where the platform is what failed, the source is opened all the same.
  const { pointer } = await world.platform();
  await pointer?.point(run.from).catch((error: unknown) => {
    world.say(`which database the apps have is not known: ${messageOf(error)}`);
  });
  const { begun } = await readFreezeJournal(ledger, plan, 'source');
  // Frozen by hand before it was copied: it stays so.
  if (begun === undefined || begun < run.id) return false;
  const source = await openSession(plan, 'source');
  try {
    await thaw(ledger, source, plan);
  } finally {
    await source.end();
  }
  return true;
}

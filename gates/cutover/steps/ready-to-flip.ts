import type { DatabaseAddress } from '../../../infra/platform.ts';
import { gateError } from '../../kernel/gate-error.ts';
import { readCandidate } from '../candidate.ts';
import type { FlipContext } from './flip-context.ts';
import { readFlipRun } from './flip-journal.ts';
import { addressLine, isSameDatabase } from './pointed.ts';
import { runningApps } from './running-app.ts';

/**
 * Looks whether a flip can begin, before anything is changed; gives what the pointer says now.
 * @throws GateError FLIP_UNFINISHED, POINTER_MOVED, CANDIDATE_NOT_VERIFIED, APP_NOT_AS_SERVED, WAY_BACK_UNFINISHED.
 */
export async function demandReady(context: FlipContext): Promise<DatabaseAddress> {
  const { plan, target, ledger, release, world, pointer, targetAddress } = context;
  const run = await readFlipRun(ledger, plan);
  if (run?.state === 'returning') throw gateError('WAY_BACK_UNFINISHED', plan.id, 'a way back under way', 'none');
  // A second run on top of it would take the source for one that was frozen by hand, and leave it so.
  if (run?.state === 'flipping' || run?.state === 'undoing') {
    throw gateError('FLIP_UNFINISHED', plan.id, `a flip under way since event ${run.id}`, 'none');
  }
  const from = await pointer.read();
  if (run?.state === 'flipped' || isSameDatabase(from, targetAddress)) {
    throw gateError('POINTER_MOVED', 'pointer', addressLine(from), 'the source, before the flip');
  }
  const candidate = await readCandidate(target);
  if (candidate?.state !== 'verified') {
    throw gateError('CANDIDATE_NOT_VERIFIED', 'target', candidate?.state ?? 'no candidate', 'one that is verified');
  }
  await runningApps((await world.platform()).apps, release);
  // The pointer knows where, and not what the roles are called there: on both sides as they are configured.
  const { users } = targetAddress;
  return users === undefined ? from : { ...from, users };
}

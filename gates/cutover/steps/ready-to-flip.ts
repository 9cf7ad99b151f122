import type { DatabaseAddress } from '../../../infra/platform.ts';
import { gateError } from '../../kernel/gate-error.ts';
import { readCandidate } from '../candidate.ts';
import { databaseId } from '../database-id.ts';
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
  // The pointer knows where, and not what the roles are called there: on both sides as they are configured.
  const { users } = targetAddress;
  const at = await pointer.read();
  const from = users === undefined ? at : { ...at, users };
  if (run?.state === 'flipped' || isSameDatabase(from, targetAddress)) {
    throw gateError('POINTER_MOVED', 'pointer', addressLine(from), 'the source, before the flip');
  }
  await demandIsSource(context, from);
  const candidate = await readCandidate(target);
  if (candidate?.state !== 'verified') {
    throw gateError('CANDIDATE_NOT_VERIFIED', 'target', candidate?.state ?? 'no candidate', 'one that is verified');
  }
  await runningApps((await world.platform()).apps, release);
  return from;
}

/** Of a third database no row was compared. By identity: it may have several addresses. */
async function demandIsSource({ gates, source, plan }: FlipContext, from: DatabaseAddress): Promise<void> {
  const serving = await gates(from);
  try {
    if ((await databaseId(serving)) === (await databaseId(source))) return;
    throw gateError('POINTER_MOVED', 'pointer', addressLine(from), `${plan.source.at}, the source of this cutover`);
  } finally {
    await serving.end();
  }
}

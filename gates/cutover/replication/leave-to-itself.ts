import { type ClientBase, escapeIdentifier } from 'pg';
import { poll } from '../../kernel/deadline.ts';
import { namesOf, type Plan } from '../plan.ts';
import { serverVersion } from '../server-version.ts';
import { readSlot } from './slot.ts';
import { enableSubscription, readSubscription } from './subscription.ts';

const readStops = `select from pg_subscription where oid = $1 and subdisableonerr`;
const readWorkers = `select from pg_stat_subscription where subid = $1 and pid is not null`;

/**
 * From now on the subscription tries again by itself after an error. It was made to stop at one, because each try of a copy
 * begins at the table's first row; but a connection that is cut counts as an error too, and once all is copied nobody may be
 * there to let it go on, while the source keeps its WAL. A worker that runs hears of the change only after a while, and would
 * still stop for good at an error before that: so none runs while it is made. Idempotent; cut off in between it leaves the
 * subscription disabled, which the next start enables.
 * @throws the signal's reason when that fires.
 */
export async function leaveToItself(
  source: ClientBase,
  target: ClientBase,
  plan: Pick<Plan, 'id'>,
  signal: AbortSignal,
): Promise<void> {
  if ((await serverVersion(target)) < 150_000) return; // before, it always tried again
  const { subscription, slot } = namesOf(plan);
  const oid = (await readSubscription(target, subscription))?.oid;
  if ((await target.query(readStops, [oid])).rowCount === 0) return;
  const quoted = escapeIdentifier(subscription);
  await target.query(`alter subscription ${quoted} disable`);
  await poll(signal, 20, async () => {
    const workers = (await target.query(readWorkers, [oid])).rowCount;
    // A worker that comes while the source still serves the one before fails, and waits seconds before the next try.
    const reader = (await readSlot(source, slot))?.pid ?? null;
    return workers === 0 && reader === null ? true : undefined;
  });
  await target.query(`alter subscription ${quoted} set (disable_on_error = false)`);
  await enableSubscription(target, subscription);
}

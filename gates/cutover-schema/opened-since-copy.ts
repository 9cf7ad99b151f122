import type { ClientBase } from 'pg';
import { frozenSince } from '../cutover/freeze/freeze-journal.ts';
import type { Plan } from '../cutover/plan.ts';
import { cutoverEvents } from '../kernel/ledger/cutover-event.ts';

/**
 * Whether a source took writes after it was copied for a build, or may take them now: what was copied is not all of it any
 * more, though it is frozen again. Not asked of a source that is replicated from.
 */
export async function openedSinceCopy(
  ledger: ClientBase,
  plan: Pick<Plan, 'id' | 'strategy'>,
  build: string | undefined,
): Promise<boolean> {
  if (plan.strategy !== 'copy') return false;
  const events = await cutoverEvents(ledger, plan.id);
  const copied = events.findLast(({ step, detail }) => step === 'backfill-begun' && detail.build === build);
  return copied !== undefined && copied.detail.frozen !== (await frozenSince(ledger, plan));
}

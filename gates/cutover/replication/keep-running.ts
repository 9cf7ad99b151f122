import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import { namesOf, type Plan } from '../plan.ts';
import type { ReplicationState } from './replication-state.ts';
import { enableSubscription } from './subscription.ts';

/** Errors in a row, with nothing got on in between, after which it is no accident of the network. */
const inARow = 3;

/**
 * Watches over a replication from one look at it to the next. While it copies, a subscription stops at any error, a
 * lost connection included (`disable_on_error`): it is let go on, as long as it gets on in between. What it throws is GateError:
 * REPLICATION_LOST where it is gone, REPLICATION_SLOT_LOST, REPLICATION_FAILING.
 */
export function keepRunning(
  target: ClientBase,
  plan: Pick<Plan, 'id'>,
): (state: ReplicationState, say?: (line: string) => void) => Promise<void> {
  const { subscription, slot, publication } = namesOf(plan);
  let mark = '';
  let errorsThen = 0;
  let stops = 0;
  return async (state, say) => {
    if (state.subscription === 'missing') throw gateError('REPLICATION_LOST', subscription, 'none', 'the subscription');
    if (state.slot === undefined) throw gateError('REPLICATION_LOST', slot, 'no slot', 'the slot on the source');
    if (!state.published) throw gateError('REPLICATION_LOST', publication, 'none', 'the publication on the source');
    demandWal(state);
    const errors = (state.errors?.apply ?? 0) + (state.errors?.sync ?? 0);
    const ready = state.tables.filter((table) => table.state === 'r' || table.state === 's').length;
    const now = `${state.slot.confirmed} ${ready}`;
    if (now !== mark) [mark, errorsThen, stops] = [now, errors, 0];
    if (state.subscription === 'disabled') stops += 1;
    if (stops >= inARow || errors - errorsThen >= inARow) {
      const at = state.tables.filter((table) => table.state === 'd').map(({ name }) => name);
      const where = at.length > 0 ? `, while copying ${at.join(', ')}` : '';
      const found = `${Math.max(stops, errors - errorsThen)} errors with nothing got on in between${where}`;
      throw gateError('REPLICATION_FAILING', subscription, found, 'a subscription that gets on');
    }
    if (state.subscription !== 'disabled') return;
    say?.('the subscription stopped at an error; it is let go on');
    await enableSubscription(target, subscription);
  };
}

/** @throws GateError REPLICATION_SLOT_LOST where a slot of ours is lost, or will be at the source's next checkpoint. */
function demandWal({ slot, syncSlots }: ReplicationState): void {
  for (const each of [slot, ...syncSlots]) {
    if (each?.status === 'lost' || each?.status === 'unreserved') {
      const found = `wal_status ${each.status}, ${Math.round(each.kept / 2 ** 20)} MB behind`;
      throw gateError('REPLICATION_SLOT_LOST', each.name, found, 'a source that keeps its WAL for the slot');
    }
  }
}

import type { ClientBase } from 'pg';
import { poll } from '../../kernel/deadline.ts';
import type { Plan } from '../plan.ts';
import { keepRunning } from './keep-running.ts';
import { replicationState } from './replication-state.ts';

/** Waits until the target has everything up to an LSN of the source. */
export type Applied = (lsn: string, signal: AbortSignal) => Promise<void>;

/**
 * A record of its own in the WAL: the position that is asked for may lie where nothing follows, and a subscription
 * confirms only what it has read past. No change of any row.
 */
const nudge = `select pg_logical_emit_message(true, 'sallyport', '')`;
/**
 * A subscription confirms what is flushed, and commits without waiting for that: a commit that does wait flushes all before
 * it, instead of the WAL writer some time later. It counts while an application waits for the flip.
 */
const flush = `begin; set local synchronous_commit = on; select pg_logical_emit_message(true, 'sallyport', ''); commit`;
const isConfirmed = `select $1::pg_lsn >= $2::pg_lsn as confirmed`;

/** Looks at both servers are spared while it takes longer: between two of them, in milliseconds. */
const lookMs = 1_000;

/**
 * What waits until the subscriber has confirmed an LSN: all that was committed on the source before it is committed on the
 * target then, in every table. `behind` hears how many bytes are missing, about once a second.
 * @throws GateError of keepRunning where it cannot come to that; the signal's reason when that fires.
 */
export function appliedBy(
  source: ClientBase,
  target: ClientBase,
  plan: Pick<Plan, 'id'>,
  behind: (lagBytes: number) => void = () => undefined,
): Applied {
  return async (lsn, signal) => {
    const watch = keepRunning(target, plan);
    await source.query(nudge);
    let nudged = performance.now();
    await poll(signal, 50, async () => {
      const state = await replicationState(source, target, plan);
      const copied = state.published && state.tables.every((table) => table.state === 'r');
      if (copied && state.slot !== undefined && (await confirmed(source, state.slot.confirmed, lsn))) return true;
      await watch(state);
      await target.query(flush);
      if (performance.now() - nudged < lookMs) return undefined;
      behind(state.lagBytes);
      await source.query(nudge);
      nudged = performance.now();
      return undefined;
    });
  };
}

async function confirmed(source: ClientBase, found: string | null, lsn: string): Promise<boolean> {
  return (await source.query<{ confirmed: boolean }>(isConfirmed, [found, lsn])).rows[0]?.confirmed === true;
}

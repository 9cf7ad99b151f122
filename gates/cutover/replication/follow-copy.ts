import type { ClientBase } from 'pg';
import { poll } from '../../kernel/deadline.ts';
import { namesOf, type Plan } from '../plan.ts';
import { bytes, type CopiedTable, progressLine, rowsOf } from './copy-progress.ts';
import { keepRunning } from './keep-running.ts';
import { leaveToItself } from './leave-to-itself.ts';
import { nextTables } from './next-tables.ts';
import { tablePublication } from './publication.ts';
import { type ReplicationState, replicationState } from './replication-state.ts';
import { widenSubscription } from './subscription.ts';
import { syncWorkers } from './sync-workers.ts';

/** How an initial copy is followed. */
export interface CopyFollowing {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Between two looks, in milliseconds. */
  readonly everyMs?: number;
}

/** Between two lines of progress, in milliseconds. */
const sayMs = 3_000;

/**
 * Follows the initial copy to its end: gives the subscription one table after the other, as many at once as the plan
 * allows, and none while the source keeps back more WAL than it may. A copy cannot be halted, so what runs goes on. In the
 * end the subscription is left to itself.
 * @throws GateError of keepRunning, or the signal's reason.
 */
export async function followCopy(
  source: ClientBase,
  target: ClientBase,
  plan: Plan,
  { say, signal, everyMs = 500 }: CopyFollowing,
): Promise<readonly CopiedTable[]> {
  const watch = keepRunning(target, plan);
  const atOnce = await syncWorkers(target);
  const since = performance.now();
  const began = new Map<string, number>();
  const ended = new Map<string, CopiedTable>();
  let before: number | undefined;
  let held = false;
  let [said, saidAt] = ['', Number.NEGATIVE_INFINITY];
  const copied = await poll(signal, everyMs, async () => {
    const state = await replicationState(source, target, plan);
    await watch(state, say);
    const now = performance.now();
    for (const { name, state: at } of state.tables) {
      if (at === 'd' && !began.has(name)) began.set(name, now);
      if ((at === 's' || at === 'r') && !ended.has(name)) {
        const start = began.get(name);
        ended.set(name, { name, ms: start === undefined ? undefined : now - start });
      }
    }
    before ??= rowsOf(state.tables).copied;
    const line = progressLine(state.tables, now - since, before);
    const whole = state.tables.every((table) => table.state === 'r');
    if (line !== said && (whole || now - saidAt >= sayMs)) {
      say(line);
      [said, saidAt] = [line, now];
    }
    if (whole) return [...ended.values()];
    const over = state.keptBytes > plan.backfill.maxLagMegabytes * 2 ** 20;
    if (over !== held) say(over ? heldLine(state, plan) : 'the source keeps back less again: copying goes on');
    held = over;
    if (!over && state.subscription === 'enabled') await giveOut(target, plan, state, atOnce);
    return undefined;
  });
  await leaveToItself(source, target, plan, signal);
  return copied;
}

/** The largest first: then the last to end are small. */
async function giveOut(target: ClientBase, plan: Plan, state: ReplicationState, atOnce: number): Promise<void> {
  const { subscription, publication } = namesOf(plan);
  const next = nextTables({
    waiting: state.tables.filter((table) => table.state === 'waiting').sort((a, b) => b.pages - a.pages),
    copying: state.tables.filter(({ state: at }) => at === 'i' || at === 'd' || at === 'f').length,
    workers: plan.backfill.workers,
    syncWorkers: atOnce,
  });
  if (next.length === 0) return;
  const order = state.tables.map(({ name }) => name);
  const more = next.map((table) => tablePublication(publication, order.indexOf(table)));
  await widenSubscription(target, subscription, [...state.publications, ...more]);
}

function heldLine({ keptBytes }: ReplicationState, { backfill }: Plan): string {
  const bound = bytes(backfill.maxLagMegabytes * 2 ** 20);
  return `the source keeps back ${bytes(keptBytes)} of WAL for us, more than ${bound}: no further table begins until that is less`;
}

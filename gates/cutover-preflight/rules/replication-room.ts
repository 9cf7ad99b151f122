import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts, SideFacts } from '../facts.ts';

/** The subscription's slot, and that of the feed of touched keys. */
const ownSlots = 2;

/** The servers have slots, senders and workers left for this cutover, those that copy the tables included. */
export function replicationRoom({ plan, pending, source, target }: PreflightFacts): readonly Finding[] {
  if (!pending || (plan.strategy !== 'replicate' && !plan.reverse)) return [];
  const forward = plan.strategy === 'replicate';
  const copying = forward ? Math.max(1, numberOf(target, 'max_sync_workers_per_subscription')) : 0;
  const [away, back] = [forward ? 1 : 0, plan.reverse ? 1 : 0];
  const origins = target.version >= 180_000 ? 'max_active_replication_origins' : 'max_replication_slots';
  return [
    ...room(source, plan.source.direct, [
      ['max_replication_slots', source.slots, forward ? ownSlots + copying : 0],
      ['max_wal_senders', source.senders, away + copying],
      ['max_logical_replication_workers', source.workers, back],
      ['max_worker_processes', source.background, back],
    ]),
    ...room(target, plan.target.direct, [
      ['max_logical_replication_workers', target.workers, away + copying],
      ['max_worker_processes', target.background, away + copying],
      [origins, target.workers, away + copying],
      ['max_replication_slots', target.slots, back],
      ['max_wal_senders', target.senders, back],
    ]),
  ];
}

function room(
  side: SideFacts,
  about: string,
  needs: readonly (readonly [setting: string, used: number, needed: number])[],
): readonly Finding[] {
  return needs.flatMap(([setting, used, needed]) => {
    const all = numberOf(side, setting);
    if (all - used >= needed) return [];
    return [
      blocker('REPLICATION_ROOM', `${about} ${setting}`, `${all}, ${used} of them in use`, `${needed} that are free`),
    ];
  });
}

function numberOf({ settings }: SideFacts, name: string): number {
  return Number(settings[name] ?? 0);
}

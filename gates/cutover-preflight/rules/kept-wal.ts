import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** The source keeps WAL back for the slots as long as this cutover needs it, and not until its disk is full. */
export function keptWal({ plan, source }: PreflightFacts): readonly Finding[] {
  if (plan.strategy !== 'replicate') return [];
  const megabytes = Number(source.settings.max_slot_wal_keep_size ?? -1);
  const idle = Number(source.settings.idle_replication_slot_timeout ?? 0);
  const lag = plan.backfill.maxLagMegabytes;
  const about = `${plan.source.direct} max_slot_wal_keep_size`;
  const timeout =
    idle > 0
      ? [warning('WAL_KEPT_TOO_LITTLE', `${plan.source.direct} idle_replication_slot_timeout`, `${idle} s`, '0')]
      : [];
  if (megabytes < 0) {
    const needed = `a bound above the ${lag} MB of backfill.maxLagMegabytes`;
    return [...timeout, warning('WAL_UNBOUNDED', about, '-1: without a bound', needed)];
  }
  if (megabytes > lag) return timeout;
  return [
    ...timeout,
    blocker('WAL_KEPT_TOO_LITTLE', about, `${megabytes} MB`, `more than ${lag} MB, the lag that is allowed`),
  ];
}

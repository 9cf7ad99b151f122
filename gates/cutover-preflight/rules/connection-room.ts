import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts, SideFacts } from '../facts.ts';

/** The gates' own beside those that work: the ledger, the locks, looks and probes. */
const beside = 5;

/**
 * What a cutover opens has room beside who is connected, and who is connected to the source has room on the target. What
 * never fits is a no; what is open now comes and goes, and is only said. Replication's own connections are not among them,
 * and neither are the workers of a job, which preflight is not told of.
 */
export function connectionRoom({ plan, pending, source, target }: PreflightFacts): readonly Finding[] {
  if (!pending) return [];
  const { verify, backfill, strategy } = plan;
  const copying = strategy === 'copy' ? backfill.processes || backfill.workers : 0;
  // Each process that digests has the work table on the target, on connections of its own.
  const onSource = beside + Math.max(copying, verify.workers + verify.processes);
  const onTarget = beside + Math.max(copying, verify.workers + 3 * verify.processes);
  return [
    ...room(source, plan.source.direct, onSource, 'for this cutover'),
    ...room(target, plan.target.direct, onTarget, 'for this cutover'),
    ...room(target, plan.target.direct, source.sessionsHere, 'for those that the source has now'),
  ];
}

function room(side: SideFacts, direct: string, needed: number, what: string): readonly Finding[] {
  const all = numberOf(side, 'max_connections');
  const reserved = numberOf(side, 'superuser_reserved_connections') + numberOf(side, 'reserved_connections');
  if (all - reserved - side.sessions >= needed) return [];
  const by = all - reserved < needed && what === 'for this cutover' ? blocker : warning;
  const found = `${all}, ${reserved} of them reserved and ${side.sessions} in use`;
  return [by('CONNECTION_ROOM', `${direct} max_connections`, found, `${needed} that are free, ${what}`)];
}

function numberOf({ settings }: SideFacts, name: string): number {
  return Number(settings[name] ?? 0);
}

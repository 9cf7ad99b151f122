import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Nobody else's replication writes to a side; who reads from the source by it is named. */
export function otherReplication({ plan, source, target }: PreflightFacts): readonly Finding[] {
  const writes = (at: string, subscriptions: readonly string[]) =>
    subscriptions.map((name) =>
      blocker('REPLICATION_IN_THE_WAY', `${at} ${name}`, 'a subscription that writes rows here', 'none but ours'),
    );
  return [
    ...writes(plan.source.at, source.subscriptions),
    ...writes(plan.target.at, target.subscriptions),
    ...source.otherSlots.map((slot) =>
      warning(
        'REPLICATION_LEFT_BEHIND',
        slot,
        'a slot that somebody reads the source by',
        'a reader that follows the flip',
      ),
    ),
  ];
}

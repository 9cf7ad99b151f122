import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** The source is the database that serves, the target is another one, and neither is a standby. */
export function sides({ plan, servingId, source, target }: PreflightFacts): readonly Finding[] {
  const standby = [source, target].filter((side) => side.standby);
  return [
    ...(source.id === servingId
      ? []
      : [blocker('SOURCE_NOT_SERVING', plan.source.direct, `database ${source.id}`, `${servingId}, which serves`)]),
    ...(source.id === target.id
      ? [blocker('SAME_DATABASE', plan.target.direct, `database ${target.id}, as the source`, 'another database')]
      : []),
    ...standby.map((side) =>
      blocker(
        'SIDE_STANDBY',
        (side === source ? plan.source : plan.target).direct,
        'a server in recovery',
        'a server that takes writes',
      ),
    ),
  ];
}

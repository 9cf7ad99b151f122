import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Where changes are replicated from writes them to its WAL in a form that can be. */
export function walLevel({ plan, source, target }: PreflightFacts): readonly Finding[] {
  const sides = [
    ...(plan.strategy === 'replicate' ? [{ side: source, direct: plan.source.direct }] : []),
    ...(plan.reverse ? [{ side: target, direct: plan.target.direct }] : []),
  ];
  return sides
    .filter(({ side }) => side.settings.wal_level !== 'logical')
    .map(({ side, direct }) => blocker('WAL_LEVEL', direct, `wal_level ${side.settings.wal_level}`, 'logical'));
}

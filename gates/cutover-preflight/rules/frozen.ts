import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/**
 * Rows are copied without replication only from a source that nobody writes to. By replication a source takes writes: what
 * others have frozen no thaw of this cutover would open again.
 */
export function frozen({ plan, source, frozenHere }: PreflightFacts): readonly Finding[] {
  if (plan.strategy === 'replicate' && source.readOnly && !frozenHere) {
    const found = 'a database that is read-only, by no freeze of this cutover';
    return [blocker('SOURCE_READ_ONLY', plan.source.at, found, 'a database that takes writes')];
  }
  if (plan.strategy !== 'copy' || source.readOnly) return [];
  return [
    blocker('SOURCE_NOT_FROZEN', plan.source.at, 'a database that takes writes', 'writes stopped before the copy'),
  ];
}

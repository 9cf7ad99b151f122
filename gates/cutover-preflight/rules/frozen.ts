import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Rows are copied without replication only from a source that nobody writes to. */
export function frozen({ plan, source }: PreflightFacts): readonly Finding[] {
  if (plan.strategy !== 'copy' || source.readOnly) return [];
  return [
    blocker('SOURCE_NOT_FROZEN', plan.source.at, 'a database that takes writes', 'writes stopped before the copy'),
  ];
}

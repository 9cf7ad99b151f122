import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Who approves has a role of their own on the source, which is not the operator's. */
export function reviewer({ plan, source }: PreflightFacts): readonly Finding[] {
  const needed = "a role on the source that is not the operator's";
  if (!source.reviewerExists) return [blocker('REVIEWER_UNFIT', plan.reviewer, 'no such role on the source', needed)];
  if (plan.reviewer !== source.operator.role) return [];
  return [blocker('REVIEWER_UNFIT', plan.reviewer, 'the role that carries out the cutover', needed)];
}

import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** No policy hides rows from the operator: a copy without them would look whole. */
export function rowSecurity({ source }: PreflightFacts): readonly Finding[] {
  const needed = 'a role that sees every row: one with bypassrls, or the owner where it is not forced';
  return source.relations
    .filter((relation) => relation.rowSecurity)
    .map(({ name }) => blocker('ROW_SECURITY', name, `row security for role ${source.operator.role}`, needed));
}

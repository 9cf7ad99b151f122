import type { RuleText } from '../rule.ts';

/** SQL that is put together when it runs is seen by no rule; the rehearsal is what tells. */
export const dynamicSql: RuleText = {
  id: 'dynamic-sql',
  code: 'LINT_OPAQUE',
  severity: 'WARNING',
  why: 'SQL that is put together when it runs is seen by no rule.',
  safe: 'plain statements, or EXECUTE of a constant text',
};

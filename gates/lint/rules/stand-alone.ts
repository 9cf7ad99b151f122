import { outsideOnly } from '../outside-only.ts';
import type { Rule } from '../rule.ts';

/** A statement that cannot run in a transaction is mixed with others: when one fails, those before it stay, and nothing can be retried. */
export const standAlone: Rule = {
  id: 'stand-alone',
  code: 'LINT_TRANSACTION',
  severity: 'BLOCKER',
  why: 'A statement that cannot run in a transaction is mixed with others: when one fails, those before it stay, and nothing can be retried.',
  safe: 'one such statement a migration, nothing beside it',
  check: (statement, { statements }) => {
    const what = outsideOnly(statement.node);
    return what !== undefined && statements.length > 1
      ? [{ note: `${what}, beside ${statements.length - 1} more` }]
      : [];
  },
};

import { outsideOnly } from '../outside-only.ts';
import type { Rule } from '../rule.ts';

/** PostgreSQL refuses the statement inside a transaction (SQLSTATE 25001), and the tool runs this migration in one. */
export const notInTransaction: Rule = {
  id: 'not-in-transaction',
  code: 'LINT_TRANSACTION',
  severity: 'BLOCKER',
  why: 'PostgreSQL refuses the statement inside a transaction (SQLSTATE 25001), and the tool runs this migration in one.',
  safe: 'put it alone into a migration that is marked as non-transactional (node-pg-migrate: pgm.noTransaction() in a .js or .ts file)',
  check: (statement, { transactional }) => {
    const what = outsideOnly(statement.node);
    return what !== undefined && (transactional || statement.inside !== undefined) ? [{ note: what }] : [];
  },
};

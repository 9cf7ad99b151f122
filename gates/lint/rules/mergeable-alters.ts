import { alterCommands } from '../alter.ts';
import type { Rule } from '../rule.ts';

/** Several ALTER TABLE on one table in a row take its lock, and scan or rewrite it, once each. */
export const mergeableAlters: Rule = {
  id: 'mergeable-alters',
  code: 'LINT_PRACTICE',
  severity: 'WARNING',
  why: 'Several ALTER TABLE on one table in a row take its lock, and scan or rewrite it, once each.',
  safe: 'one ALTER TABLE with all parts',
  lock: 'AccessExclusiveLock',
  on: ['AlterTableStmt'],
  check: (statement, { statements }, at) => {
    const table = alterCommands(statement)[0]?.table;
    const before = statements[at - 1];
    const follows =
      before !== undefined && before.inside === statement.inside && alterCommands(before)[0]?.table === table;
    return table !== undefined && follows ? [{ table }] : [];
  },
};

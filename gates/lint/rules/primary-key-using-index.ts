import { addedConstraints } from '../alter.ts';
import type { Rule } from '../rule.ts';

/** PRIMARY KEY USING INDEX on nullable columns sets them NOT NULL and scans the table under ACCESS EXCLUSIVE. */
export const primaryKeyUsingIndex: Rule = {
  id: 'primary-key-using-index',
  code: 'LINT_LOCK',
  severity: 'WARNING',
  why: 'PRIMARY KEY USING INDEX on nullable columns sets them NOT NULL and scans the table under ACCESS EXCLUSIVE.',
  safe: 'prove the columns not null first: CHECK (… is not null) not valid, validate, set not null',
  lock: 'AccessExclusiveLock',
  on: ['AlterTableStmt'],
  check: (statement) =>
    addedConstraints(statement)
      .filter(({ constraint }) => constraint.contype === 'CONSTR_PRIMARY' && constraint.indexname !== undefined)
      .map(({ table, constraint }) => ({
        ...(table !== undefined && { table }),
        note: `index ${constraint.indexname}`,
      })),
};

import { addedConstraints } from '../alter.ts';
import type { Rule } from '../rule.ts';

/** An EXCLUDE constraint builds its index under ACCESS EXCLUSIVE; PostgreSQL has no NOT VALID and no CONCURRENTLY for it. */
export const exclusionConstraint: Rule = {
  id: 'exclusion-constraint',
  code: 'LINT_LOCK',
  severity: 'BLOCKER',
  why: 'An EXCLUDE constraint builds its index under ACCESS EXCLUSIVE; PostgreSQL has no NOT VALID and no CONCURRENTLY for it.',
  safe: 'put it on a new table and move the rows in batches, or check the exclusion in a trigger',
  lock: 'AccessExclusiveLock',
  on: ['AlterTableStmt'],
  check: (statement) =>
    addedConstraints(statement)
      .filter(({ constraint }) => constraint.contype === 'CONSTR_EXCLUSION')
      .map(({ table, constraint }) => ({
        ...(table !== undefined && { table }),
        note: `constraint ${constraint.conname ?? '(unnamed)'}`,
      })),
};

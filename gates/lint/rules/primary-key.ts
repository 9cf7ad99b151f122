import { addedConstraints } from '../alter.ts';
import type { Rule } from '../rule.ts';

/** PRIMARY KEY builds its index under ACCESS EXCLUSIVE: nobody reads or writes meanwhile. */
export const primaryKey: Rule = {
  id: 'primary-key',
  code: 'LINT_LOCK',
  severity: 'BLOCKER',
  why: 'PRIMARY KEY builds its index under ACCESS EXCLUSIVE: nobody reads or writes meanwhile.',
  safe: 'create unique index concurrently in its own migration, then add primary key using index',
  lock: 'AccessExclusiveLock',
  on: ['AlterTableStmt'],
  check: (statement) =>
    addedConstraints(statement)
      .filter(({ constraint }) => constraint.contype === 'CONSTR_PRIMARY' && constraint.indexname === undefined)
      .map(({ table }) => ({ ...(table !== undefined && { table }) })),
};

import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';

/** LOCK TABLE keeps others out of the table until the transaction ends; without a mode, readers too. */
export const lockTable: Rule = {
  id: 'lock-table',
  code: 'LINT_LOCK',
  severity: 'BLOCKER',
  why: 'LOCK TABLE keeps others out of the table until the transaction ends; without a mode, readers too.',
  safe: 'take no table lock in a migration; lock rows, or an advisory lock of the application',
  lock: 'AccessExclusiveLock',
  on: ['LockStmt'],
  check: ({ node }) => {
    const lock = as(node, 'LockStmt');
    if (lock === undefined || (lock.mode ?? 0) < conflictsWithWrites) return [];
    return (lock.relations ?? []).map((relation) => {
      const table = tableName(as(relation, 'RangeVar'));
      return table === undefined ? {} : { table };
    });
  },
};

/** SHARE UPDATE EXCLUSIVE (4) and weaker modes let writers through. */
const conflictsWithWrites = 5;

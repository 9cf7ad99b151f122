import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';
import { narrows } from '../where.ts';
import { withKinds, withParts } from '../with-parts.ts';

/** UPDATE without WHERE writes every row anew in one transaction: row locks, bloat and replication lag until it ends. */
export const updateWithoutWhere: Rule = {
  id: 'update-without-where',
  code: 'LINT_DATA',
  severity: 'BLOCKER',
  why: 'UPDATE without WHERE writes every row anew in one transaction: row locks, bloat and replication lag until it ends.',
  safe: 'fill in batches by key outside of the migration transaction; or add the column with a constant default',
  lock: 'RowExclusiveLock',
  on: withKinds,
  check: ({ node }) =>
    withParts(node).flatMap((part) => {
      const statement = as(part, 'UpdateStmt');
      const table = tableName(statement?.relation);
      return statement !== undefined && !narrows(statement.whereClause) && table !== undefined ? [{ table }] : [];
    }),
};

import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';
import { narrows } from '../where.ts';
import { withKinds, withParts } from '../with-parts.ts';

/** DELETE without WHERE removes every row. */
export const deleteWithoutWhere: Rule = {
  id: 'delete-without-where',
  code: 'LINT_DESTRUCTIVE',
  severity: 'BLOCKER',
  approval: true,
  why: 'DELETE without WHERE removes every row.',
  safe: 'say which rows, and delete in batches by key; or put an approval into the configuration',
  lock: 'RowExclusiveLock',
  on: withKinds,
  check: ({ node }) =>
    withParts(node).flatMap((part) => {
      const statement = as(part, 'DeleteStmt');
      const table = tableName(statement?.relation);
      return statement !== undefined && !narrows(statement.whereClause) && table !== undefined ? [{ table }] : [];
    }),
};

import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';

/** TRUNCATE removes every row and holds ACCESS EXCLUSIVE, so nobody reads the table until the transaction ends. */
export const truncate: Rule = {
  id: 'truncate',
  code: 'LINT_DESTRUCTIVE',
  severity: 'BLOCKER',
  approval: true,
  why: 'TRUNCATE removes every row and holds ACCESS EXCLUSIVE, so nobody reads the table until the transaction ends.',
  safe: 'delete in batches by key, or put an approval into the configuration',
  lock: 'AccessExclusiveLock',
  rewrites: true,
  on: ['TruncateStmt'],
  check: ({ node }) =>
    (as(node, 'TruncateStmt')?.relations ?? []).map((relation) => {
      const table = tableName(as(relation, 'RangeVar'));
      return table === undefined ? {} : { table };
    }),
};

import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';

/** CLUSTER writes the whole table anew and holds ACCESS EXCLUSIVE meanwhile. */
export const cluster: Rule = {
  id: 'cluster',
  code: 'LINT_REWRITE',
  severity: 'BLOCKER',
  why: 'CLUSTER writes the whole table anew and holds ACCESS EXCLUSIVE meanwhile.',
  safe: 'pg_repack, or leave the order to an index',
  lock: 'AccessExclusiveLock',
  rewrites: true,
  on: ['ClusterStmt'],
  check: ({ node }) => {
    const cluster = as(node, 'ClusterStmt');
    if (cluster === undefined) return [];
    const table = tableName(cluster.relation);
    return [table === undefined ? { note: 'every clustered table' } : { table }];
  },
};

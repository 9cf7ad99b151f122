import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';

/** REFRESH MATERIALIZED VIEW keeps readers out until the query has run. */
export const refreshMaterializedView: Rule = {
  id: 'refresh-materialized-view',
  code: 'LINT_LOCK',
  severity: 'BLOCKER',
  why: 'REFRESH MATERIALIZED VIEW keeps readers out until the query has run.',
  safe: 'refresh materialized view concurrently (it needs a unique index), by a job and not by a migration',
  lock: 'AccessExclusiveLock',
  rewrites: true,
  on: ['RefreshMatViewStmt'],
  check: ({ node }) => {
    const refresh = as(node, 'RefreshMatViewStmt');
    const table = tableName(refresh?.relation);
    const blocks = refresh !== undefined && refresh.concurrent !== true && refresh.skipData !== true;
    return blocks && table !== undefined ? [{ table }] : [];
  },
};

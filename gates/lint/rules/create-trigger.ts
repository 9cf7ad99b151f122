import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';

/** CREATE TRIGGER holds SHARE ROW EXCLUSIVE: writers wait for it, and from then on every write runs the trigger. */
export const createTrigger: Rule = {
  id: 'create-trigger',
  code: 'LINT_LOCK',
  severity: 'WARNING',
  why: 'CREATE TRIGGER holds SHARE ROW EXCLUSIVE: writers wait for it, and from then on every write runs the trigger.',
  safe: 'create it in a migration of its own with a short lock_timeout, and prove its cost in the rehearsal',
  lock: 'ShareRowExclusiveLock',
  on: ['CreateTrigStmt'],
  check: ({ node }) => {
    const trigger = as(node, 'CreateTrigStmt');
    const table = tableName(trigger?.relation);
    return trigger !== undefined && table !== undefined ? [{ table, note: `trigger ${trigger.trigname}` }] : [];
  },
};

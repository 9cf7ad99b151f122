import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';

/** CREATE RULE holds ACCESS EXCLUSIVE and rewrites every later query on the table. */
export const createRule: Rule = {
  id: 'create-rule',
  code: 'LINT_LOCK',
  severity: 'WARNING',
  why: 'CREATE RULE holds ACCESS EXCLUSIVE and rewrites every later query on the table.',
  safe: 'a trigger, a view, or the application',
  lock: 'AccessExclusiveLock',
  on: ['RuleStmt'],
  check: ({ node }) => {
    const rule = as(node, 'RuleStmt');
    const table = tableName(rule?.relation);
    return rule !== undefined && table !== undefined ? [{ table, note: `rule ${rule.rulename}` }] : [];
  },
};

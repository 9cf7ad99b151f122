import { alterCommands, hitsOn } from '../alter.ts';
import type { Rule } from '../rule.ts';

/** SET ACCESS METHOD writes the whole table anew under ACCESS EXCLUSIVE. */
export const setAccessMethod: Rule = {
  id: 'set-access-method',
  code: 'LINT_REWRITE',
  severity: 'BLOCKER',
  why: 'SET ACCESS METHOD writes the whole table anew under ACCESS EXCLUSIVE.',
  safe: 'make a new table with the access method, fill it in batches, switch over',
  lock: 'AccessExclusiveLock',
  rewrites: true,
  on: ['AlterTableStmt'],
  check: (statement) => hitsOn(alterCommands(statement, 'AT_SetAccessMethod')),
};

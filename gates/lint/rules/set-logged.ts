import { alterCommands, hitsOn } from '../alter.ts';
import type { Rule } from '../rule.ts';

/** SET LOGGED and SET UNLOGGED write the whole table anew under ACCESS EXCLUSIVE; an unlogged table is empty after a crash. */
export const setLogged: Rule = {
  id: 'set-logged',
  code: 'LINT_REWRITE',
  severity: 'BLOCKER',
  why: 'SET LOGGED and SET UNLOGGED write the whole table anew under ACCESS EXCLUSIVE; an unlogged table is empty after a crash.',
  safe: 'make a new table of the right kind, fill it in batches, switch over',
  lock: 'AccessExclusiveLock',
  rewrites: true,
  on: ['AlterTableStmt'],
  check: (statement) => hitsOn(alterCommands(statement, 'AT_SetLogged', 'AT_SetUnLogged')),
};

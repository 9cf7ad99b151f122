import { alterCommands, hitsOn } from '../alter.ts';
import type { Rule } from '../rule.ts';
import { as } from '../tree.ts';

/** SET TABLESPACE copies the table or index and holds ACCESS EXCLUSIVE meanwhile. */
export const setTablespace: Rule = {
  id: 'set-tablespace',
  code: 'LINT_REWRITE',
  severity: 'BLOCKER',
  why: 'SET TABLESPACE copies the table or index and holds ACCESS EXCLUSIVE meanwhile.',
  safe: 'make the new table or index in its tablespace and switch over; move indexes by reindex concurrently',
  lock: 'AccessExclusiveLock',
  rewrites: true,
  on: ['AlterTableMoveAllStmt', 'AlterTableStmt'],
  check: (statement) => {
    const all = as(statement.node, 'AlterTableMoveAllStmt');
    if (all !== undefined) return [{ note: `everything in tablespace ${all.orig_tablespacename}` }];
    return hitsOn(alterCommands(statement, 'AT_SetTableSpace'));
  },
};

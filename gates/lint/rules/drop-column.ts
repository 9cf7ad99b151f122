import { alterCommands, hitsOn } from '../alter.ts';
import type { Rule } from '../rule.ts';

/** The values of a dropped column are gone, and the release that serves may still read or write it. */
export const dropColumn: Rule = {
  id: 'drop-column',
  code: 'LINT_DESTRUCTIVE',
  severity: 'BLOCKER',
  approval: true,
  why: 'The values of a dropped column are gone, and the release that serves may still read or write it.',
  safe: 'stop using it in one release (nullable or with a default), drop it in a later one, with an approval',
  lock: 'AccessExclusiveLock',
  on: ['AlterTableStmt'],
  check: (statement) => hitsOn(alterCommands(statement, 'AT_DropColumn'), ({ name }) => `column ${name}`),
};

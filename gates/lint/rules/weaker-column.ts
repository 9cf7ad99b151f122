import { alterCommands, hitsOn } from '../alter.ts';
import type { Rule } from '../rule.ts';

/** Dropping a constraint, default, identity or generation changes what the release that serves can rely on. */
export const weakerColumn: Rule = {
  id: 'weaker-column',
  code: 'LINT_COMPATIBILITY',
  severity: 'WARNING',
  why: 'Dropping a constraint, default, identity or generation changes what the release that serves can rely on.',
  safe: 'drop it in a later release than the one that stops relying on it',
  lock: 'AccessExclusiveLock',
  on: ['AlterTableStmt'],
  check: (statement) =>
    hitsOn(
      alterCommands(statement, 'AT_DropConstraint', 'AT_DropExpression', 'AT_DropIdentity', 'AT_SetIdentity').concat(
        alterCommands(statement, 'AT_ColumnDefault').filter(({ command }) => command.def === undefined),
      ),
      ({ name }) => name ?? '',
    ),
};

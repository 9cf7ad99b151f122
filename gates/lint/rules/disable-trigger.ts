import { alterCommands, hitsOn } from '../alter.ts';
import type { Rule } from '../rule.ts';

/** While a trigger or the replica identity is off, rows are written that it would have refused, and foreign keys are triggers too. */
export const disableTrigger: Rule = {
  id: 'disable-trigger',
  code: 'LINT_DATA',
  severity: 'WARNING',
  why: 'While a trigger or the replica identity is off, rows are written that it would have refused, and foreign keys are triggers too.',
  safe: 'keep it on; mend the rows in batches with the trigger in place',
  on: ['AlterTableStmt'],
  check: (statement) =>
    hitsOn(
      alterCommands(
        statement,
        'AT_DisableTrig',
        'AT_DisableTrigAll',
        'AT_DisableTrigUser',
        'AT_DisableRule',
        'AT_ReplicaIdentity',
      ),
    ),
};

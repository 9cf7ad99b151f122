import { alterCommands, hitsOn } from '../alter.ts';
import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';

/** Who may read or write changes at once, also for the release that serves. */
export const accessChange: Rule = {
  id: 'access-change',
  code: 'LINT_COMPATIBILITY',
  severity: 'WARNING',
  why: 'Who may read or write changes at once, also for the release that serves.',
  safe: 'grant first and revoke in a later release; try policies in the rehearsal with the roles of the application',
  on: ['GrantStmt', 'CreatePolicyStmt', 'AlterPolicyStmt', 'DropStmt', 'AlterTableStmt'],
  check: (statement) => {
    const { node } = statement;
    const grant = as(node, 'GrantStmt');
    if (grant !== undefined && grant.is_grant !== true) return [{ note: 'revoke' }];
    const policy = as(node, 'CreatePolicyStmt') ?? as(node, 'AlterPolicyStmt');
    const policyTable = tableName(policy?.table);
    if (policy !== undefined && policyTable !== undefined)
      return [{ table: policyTable, note: `policy ${policy.policy_name}` }];
    if (as(node, 'DropStmt')?.removeType === 'OBJECT_POLICY') return [{ note: 'drop policy' }];
    return hitsOn(alterCommands(statement, ...security));
  },
};

const security = [
  'AT_EnableRowSecurity',
  'AT_DisableRowSecurity',
  'AT_ForceRowSecurity',
  'AT_NoForceRowSecurity',
] as const;

import type { Rule } from '../rule.ts';
import { kindOf, type NodeKind } from '../tree.ts';

/** DDL in a DO block runs under conditions that only the database knows, and most tools do not see it. */
export const ddlInDoBlock: Rule = {
  id: 'ddl-in-do-block',
  code: 'LINT_OPAQUE',
  severity: 'WARNING',
  why: 'DDL in a DO block runs under conditions that only the database knows, and most tools do not see it.',
  safe: 'plain statements; IF EXISTS and IF NOT EXISTS instead of a condition',
  check: ({ node, inside }) => (inside === undefined || data.has(kindOf(node)) ? [] : [{ note: `by ${inside}` }]),
};

const data = new Set<NodeKind>(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

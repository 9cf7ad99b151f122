import type { Node } from 'libpg-query';
import { as, type NodeKind } from './tree.ts';

/** The statements that may change rows in their WITH: PostgreSQL allows it at the top of a statement only. */
export const withKinds: readonly NodeKind[] = ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];

/** A statement, and those in its WITH. */
export function withParts(node: Node): readonly Node[] {
  const clause = (
    as(node, 'SelectStmt') ??
    as(node, 'InsertStmt') ??
    as(node, 'UpdateStmt') ??
    as(node, 'DeleteStmt') ??
    as(node, 'MergeStmt')
  )?.withClause;
  if (clause === undefined) return [node];
  const inside = (clause.ctes ?? []).map((each) => as(each, 'CommonTableExpr')?.ctequery);
  return [node, ...inside.filter((query) => query !== undefined)];
}

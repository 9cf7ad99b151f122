import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';

/** The release that serves still uses the old name. */
export const renameObject: Rule = {
  id: 'rename-object',
  code: 'LINT_COMPATIBILITY',
  severity: 'WARNING',
  why: 'The release that serves still uses the old name.',
  safe: 'expand and contract: add the new name, write both, move readers, drop the old one later',
  lock: 'AccessExclusiveLock',
  on: ['RenameStmt', 'AlterObjectSchemaStmt'],
  check: ({ node }) => {
    const rename = as(node, 'RenameStmt');
    const moved = as(node, 'AlterObjectSchemaStmt');
    const table = tableName(rename?.relation ?? moved?.relation);
    const local = new Set(['OBJECT_TABCONSTRAINT', 'OBJECT_INDEX', 'OBJECT_TRIGGER', 'OBJECT_POLICY']);
    if ((rename === undefined && moved === undefined) || local.has(rename?.renameType ?? '')) return [];
    const note =
      moved === undefined
        ? `${rename?.subname ?? rename?.relation?.relname ?? ''} to ${rename?.newname}`
        : `to schema ${moved.newschema}`;
    return [{ ...(table !== undefined && { table }), note }];
  },
};

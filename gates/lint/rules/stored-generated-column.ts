import type { Constraint } from 'libpg-query';
import { addedConstraints } from '../alter.ts';
import type { Rule } from '../rule.ts';

/** A stored generated column on a table that is there writes the whole table anew under ACCESS EXCLUSIVE. */
export const storedGeneratedColumn: Rule = {
  id: 'stored-generated-column',
  code: 'LINT_REWRITE',
  severity: 'BLOCKER',
  why: 'A stored generated column on a table that is there writes the whole table anew under ACCESS EXCLUSIVE.',
  safe: 'a plain column that a trigger keeps, filled in batches; or a virtual generated column (PostgreSQL 18)',
  lock: 'AccessExclusiveLock',
  rewrites: true,
  on: ['AlterTableStmt'],
  check: (statement) =>
    addedConstraints(statement)
      .filter(
        ({ constraint, command }) =>
          constraint.contype === 'CONSTR_GENERATED' && isStored(constraint) && command.subtype === 'AT_AddColumn',
      )
      .map(({ table }) => ({ ...(table !== undefined && { table }) })),
};

/** Before PostgreSQL 18 the parse tree has no kind: every generated column is stored. */
function isStored(constraint: Constraint): boolean {
  return constraint.generated_kind !== 'v';
}

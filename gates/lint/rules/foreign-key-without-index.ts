import type { IndexStmt } from 'libpg-query';
import { addedConstraints } from '../alter.ts';
import type { Rule } from '../rule.ts';
import { as, nameOf, tableName } from '../tree.ts';

/** A foreign key whose columns have no index makes every delete and key update of the referenced table scan this one. */
export const foreignKeyWithoutIndex: Rule = {
  id: 'foreign-key-without-index',
  code: 'LINT_PRACTICE',
  severity: 'WARNING',
  why: 'A foreign key whose columns have no index makes every delete and key update of the referenced table scan this one.',
  safe: 'create index concurrently on the referencing columns, in its own migration, before the constraint',
  lock: 'ShareRowExclusiveLock',
  on: ['AlterTableStmt'],
  check: (statement, { statements }) =>
    addedConstraints(statement)
      .filter(({ constraint }) => constraint.contype === 'CONSTR_FOREIGN')
      .flatMap(({ table, constraint, command }) => {
        const own = (constraint.fk_attrs ?? []).map(nameOf);
        const columns = own.length > 0 ? own : [as(command.def, 'ColumnDef')?.colname ?? ''];
        const indexed = statements.some(({ node }) => startsWith(as(node, 'IndexStmt'), table, columns));
        return indexed || table === undefined ? [] : [{ table, note: `(${columns.join(', ')})` }];
      }),
};

/** Whether an index of the same migration begins with these columns. */
function startsWith(index: IndexStmt | undefined, table: string | undefined, columns: readonly string[]): boolean {
  const names = (index?.indexParams ?? []).map((node) => as(node, 'IndexElem')?.name);
  return index !== undefined && tableName(index.relation) === table && columns.every((name, at) => names[at] === name);
}

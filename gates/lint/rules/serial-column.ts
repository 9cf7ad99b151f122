import { alterCommands, columnOf } from '../alter.ts';
import type { Rule } from '../rule.ts';
import { as } from '../tree.ts';
import { typeOf } from '../type-name.ts';

/** A serial or identity column on a table that is there writes the whole table anew under ACCESS EXCLUSIVE. */
export const serialColumn: Rule = {
  id: 'serial-column',
  code: 'LINT_REWRITE',
  severity: 'BLOCKER',
  why: 'A serial or identity column on a table that is there writes the whole table anew under ACCESS EXCLUSIVE.',
  safe: 'add a nullable bigint, a sequence as its default, fill in batches, then switch the key over',
  lock: 'AccessExclusiveLock',
  rewrites: true,
  on: ['AlterTableStmt'],
  check: (statement) =>
    alterCommands(statement, 'AT_AddColumn').flatMap((each) => {
      const column = columnOf(each);
      const identity = (column?.constraints ?? []).some(
        (node) => as(node, 'Constraint')?.contype === 'CONSTR_IDENTITY',
      );
      if (!identity && !serials.has(typeOf(column?.typeName).name)) return [];
      return [{ ...(each.table !== undefined && { table: each.table }), note: `column ${column?.colname}` }];
    }),
};

const serials = new Set(['serial', 'serial2', 'serial4', 'serial8', 'bigserial', 'smallserial']);

import { alterCommands, columnOf } from '../alter.ts';
import type { Rule } from '../rule.ts';
import { typeOf } from '../type-name.ts';

/** A change to a smaller or shorter type cuts or refuses values that are there, and rewrites the table under ACCESS EXCLUSIVE. */
export const narrowingType: Rule = {
  id: 'narrowing-type',
  code: 'LINT_DESTRUCTIVE',
  severity: 'BLOCKER',
  approval: true,
  why: 'A change to a smaller or shorter type cuts or refuses values that are there, and rewrites the table under ACCESS EXCLUSIVE.',
  safe: 'add a column of the new type, fill it in batches, switch over, drop the old one with an approval',
  lock: 'AccessExclusiveLock',
  on: ['AlterTableStmt'],
  check: (statement) =>
    alterCommands(statement, 'AT_AlterColumnType').flatMap((each) => {
      const type = typeOf(columnOf(each)?.typeName);
      const to = type.sizes.length === 0 ? type.name : `${type.name}(${type.sizes.join(',')})`;
      const note = `column ${each.command.name} to ${to}`;
      if (!small.has(type.name) && (type.sizes.length === 0 || !sized.has(type.name))) return [];
      return [{ ...(each.table !== undefined && { table: each.table }), column: each.command.name ?? '', to, note }];
    }),
};

/** Types that hold less than the usual one of their kind; what the column was is not in the file. */
const small = new Set(['int2', 'float4', 'date', 'bool', 'char', 'bpchar']);
const sized = new Set(['varchar', 'bpchar', 'numeric', 'varbit', 'bit', 'timestamp', 'timestamptz', 'time', 'timetz']);

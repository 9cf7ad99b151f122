import type { ColumnDef } from 'libpg-query';
import { alterCommands, columnOf } from '../alter.ts';
import type { Rule } from '../rule.ts';
import { as } from '../tree.ts';
import { typeOf } from '../type-name.ts';

/** Type json has no equality operator: select distinct, group by and union on the table fail. */
export const jsonColumn: Rule = {
  id: 'json-column',
  code: 'LINT_PRACTICE',
  severity: 'WARNING',
  why: 'Type json has no equality operator: select distinct, group by and union on the table fail.',
  safe: 'jsonb',
  on: ['AlterTableStmt', 'CreateStmt'],
  check: (statement) => [
    ...alterCommands(statement, 'AT_AddColumn', 'AT_AlterColumnType').flatMap((each) =>
      columnHit(columnOf(each), each.table, each.command.name),
    ),
    ...(as(statement.node, 'CreateStmt')?.tableElts ?? []).flatMap((node) => columnHit(as(node, 'ColumnDef'))),
  ],
};

function columnHit(column: ColumnDef | undefined, table?: string, name?: string) {
  if (typeOf(column?.typeName).name !== 'json') return [];
  return [{ ...(table !== undefined && { table }), note: `column ${column?.colname ?? name}` }];
}

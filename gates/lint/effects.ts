import type { Node } from 'libpg-query';
import type { Statement } from './statement.ts';
import { as, tableName } from './tree.ts';
import { typeOf } from './type-name.ts';

/** What a statement does to the set of tables that nobody uses yet. */
export interface Effect {
  /** Index of the statement in its migration. */
  readonly at: number;
  readonly creates?: string;
  /** With IF NOT EXISTS the table may be an old one, with rows. */
  readonly unlessThere?: true;
  readonly renames?: string;
  readonly to?: string;
}

/** The tables that statements make and rename. What a DO block makes may not be made, so it does not count. */
export function effectsOf(statements: readonly Statement[]): readonly Effect[] {
  return statements.flatMap((statement, at) => (statement.inside === undefined ? effectOf(statement, at) : []));
}

function effectOf({ node }: Statement, at: number): readonly Effect[] {
  const table = as(node, 'CreateStmt');
  const view = as(node, 'CreateTableAsStmt');
  const made = tableName(table?.relation ?? view?.into?.rel ?? as(node, 'SelectStmt')?.intoClause?.rel);
  if (made !== undefined) {
    const unlessThere = (table ?? view)?.if_not_exists === true;
    return [{ at, creates: made, ...(unlessThere && { unlessThere }) }];
  }
  const rename = as(node, 'RenameStmt');
  const from = tableName(rename?.relation);
  if (rename?.renameType !== 'OBJECT_TABLE' || from === undefined || rename.newname === undefined) return [];
  const schema = rename.relation?.schemaname;
  return [{ at, renames: from, to: schema === undefined ? rename.newname : `${schema}.${rename.newname}` }];
}

/** The table that a statement is about, where it is about one. */
export function tableOf(node: Node): string | undefined {
  const [truncated] = as(node, 'TruncateStmt')?.relations ?? [];
  return tableName(
    as(node, 'AlterTableStmt')?.relation ??
      as(node, 'IndexStmt')?.relation ??
      as(node, 'RenameStmt')?.relation ??
      as(node, 'ReindexStmt')?.relation ??
      as(truncated, 'RangeVar'),
  );
}

/** The change of a column's type that a statement makes, if it makes exactly one. */
export function typeChangeOf(node: Node): { readonly column: string; readonly to: string } | undefined {
  const commands = (as(node, 'AlterTableStmt')?.cmds ?? []).map((each) => as(each, 'AlterTableCmd'));
  const [change, ...more] = commands.filter((command) => command?.subtype === 'AT_AlterColumnType');
  if (change?.name === undefined || more.length > 0) return undefined;
  const { name, sizes } = typeOf(as(change.def, 'ColumnDef')?.typeName);
  return { column: change.name, to: sizes.length === 0 ? name : `${name}(${sizes.join(',')})` };
}

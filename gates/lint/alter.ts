import type { AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, Constraint, Node } from 'libpg-query';
import type { Statement } from './statement.ts';
import { as, tableName } from './tree.ts';

/** One part of an ALTER TABLE. */
export interface AlterCommand {
  readonly table: string | undefined;
  readonly command: AlterTableCmd;
}

const none: readonly AlterCommand[] = [];
/** Most rules ask it of every ALTER TABLE: the parts are taken out of the tree once. */
const known = new WeakMap<Node, readonly AlterCommand[]>();

/** The parts of an ALTER TABLE (or of another relation), those of the given kinds only. */
export function alterCommands({ node }: Statement, ...kinds: readonly AlterTableType[]): readonly AlterCommand[] {
  const alter = as(node, 'AlterTableStmt');
  if (alter === undefined) return none;
  let all = known.get(node);
  if (all === undefined) {
    all = partsOf(alter);
    known.set(node, all);
  }
  if (kinds.length === 0) return all;
  return all.filter(({ command }) => command.subtype !== undefined && kinds.includes(command.subtype));
}

function partsOf({ relation, cmds }: AlterTableStmt): readonly AlterCommand[] {
  const table = tableName(relation);
  return (cmds ?? []).flatMap((node) => {
    const command = as(node, 'AlterTableCmd');
    return command?.subtype === undefined ? [] : [{ table, command }];
  });
}

/** A hit on the table of each part. */
export function hitsOn(commands: readonly AlterCommand[], note?: (command: AlterTableCmd) => string) {
  return commands.map(({ table, command }) => ({
    ...(table !== undefined && { table }),
    ...(note !== undefined && { note: note(command) }),
  }));
}

/** The constraints that a statement puts on a table that is there: of its own, and on columns that it adds. */
export function addedConstraints(statement: Statement): readonly AddedConstraint[] {
  const made = knownConstraints.get(statement.node) ?? constraintsOf(statement);
  knownConstraints.set(statement.node, made);
  return made;
}

/** A constraint and the part of an ALTER TABLE that adds it. */
export type AddedConstraint = AlterCommand & { readonly constraint: Constraint };

const knownConstraints = new WeakMap<Node, readonly AddedConstraint[]>();

function constraintsOf(statement: Statement): readonly AddedConstraint[] {
  const commands = alterCommands(statement, 'AT_AddConstraint', 'AT_AddColumn');
  return commands.flatMap((each) => {
    const own = as(each.command.def, 'Constraint');
    const ofColumn = columnOf(each)?.constraints ?? [];
    const all = [...(own === undefined ? [] : [own]), ...ofColumn.map((node) => as(node, 'Constraint'))];
    return all.flatMap((constraint) => (constraint === undefined ? [] : [{ ...each, constraint }]));
  });
}

/** The column that a part adds or changes. */
export function columnOf({ command }: AlterCommand): ColumnDef | undefined {
  return as(command.def, 'ColumnDef');
}

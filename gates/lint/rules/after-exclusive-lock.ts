import { alterCommands } from '../alter.ts';
import type { Rule } from '../rule.ts';
import type { Statement } from '../statement.ts';
import { as, tableName } from '../tree.ts';

/** Statements after an ACCESS EXCLUSIVE lock run while nobody can read the table: the lock is held until the transaction ends. */
export const afterExclusiveLock: Rule = {
  id: 'after-exclusive-lock',
  code: 'LINT_LOCK',
  severity: 'WARNING',
  why: 'Statements after an ACCESS EXCLUSIVE lock run while nobody can read the table: the lock is held until the transaction ends.',
  safe: 'put the statement that locks last, or in a migration of its own',
  lock: 'AccessExclusiveLock',
  on: ['AlterTableStmt', 'RenameStmt'],
  check: (statement, { statements, transactional }, at) => {
    const table = exclusivelyLocked(statement);
    const later = statements.slice(at + 1).filter((each) => exclusivelyLocked(each) !== table);
    const first = statements.findIndex((each) => exclusivelyLocked(each) === table) === at;
    if (!transactional || table === undefined || !first || later.length === 0) return [];
    return [
      { table, note: `${later.length} more ${later.length === 1 ? 'statement' : 'statements'} in the transaction` },
    ];
  },
};

/** Parts of ALTER TABLE that take less than ACCESS EXCLUSIVE (documentation of ALTER TABLE). */
const weaker = new Set([
  'AT_ValidateConstraint',
  'AT_SetStatistics',
  'AT_ClusterOn',
  'AT_DropCluster',
  'AT_SetRelOptions',
  'AT_AttachPartition',
]);

function exclusivelyLocked(statement: Statement): string | undefined {
  const strong = alterCommands(statement).find(
    ({ command }) => !weaker.has(command.subtype ?? '') && !isForeignKey(command.def),
  );
  return strong?.table ?? tableName(as(statement.node, 'RenameStmt')?.relation);
}

function isForeignKey(node: Parameters<typeof as>[0]): boolean {
  return as(node, 'Constraint')?.contype === 'CONSTR_FOREIGN';
}

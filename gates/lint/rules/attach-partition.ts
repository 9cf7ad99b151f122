import { alterCommands } from '../alter.ts';
import type { Rule } from '../rule.ts';
import { as, tableName } from '../tree.ts';

/** ATTACH PARTITION scans the new partition under ACCESS EXCLUSIVE on it, unless a valid CHECK already proves its bounds. */
export const attachPartition: Rule = {
  id: 'attach-partition',
  code: 'LINT_LOCK',
  severity: 'WARNING',
  why: 'ATTACH PARTITION scans the new partition under ACCESS EXCLUSIVE on it, unless a valid CHECK already proves its bounds.',
  safe: 'add the bounds as a CHECK not valid, validate it, attach, drop the CHECK',
  lock: 'AccessExclusiveLock',
  on: ['AlterTableStmt'],
  check: (statement) =>
    alterCommands(statement, 'AT_AttachPartition').flatMap(({ command }) => {
      const table = tableName(as(command.def, 'PartitionCmd')?.name);
      return table === undefined ? [] : [{ table }];
    }),
};

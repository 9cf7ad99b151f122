import type { Node } from 'libpg-query';
import type { Rule } from '../rule.ts';
import { as, nameOf, tableName, walk } from '../tree.ts';

/** A large INSERT holds one transaction open while it runs, with its locks and its share of replication lag. */
export const bulkInsert: Rule = {
  id: 'bulk-insert',
  code: 'LINT_DATA',
  severity: 'WARNING',
  why: 'A large INSERT holds one transaction open while it runs, with its locks and its share of replication lag.',
  safe: 'insert in batches, by a job of the application, outside of the migration',
  lock: 'RowExclusiveLock',
  on: ['InsertStmt'],
  check: ({ node }) => {
    const insert = as(node, 'InsertStmt');
    const select = as(insert?.selectStmt, 'SelectStmt');
    const table = tableName(insert?.relation);
    if (select === undefined || table === undefined) return [];
    const rows = select.valuesLists?.length ?? 0;
    if (rows > many) return [{ table, note: `${rows} rows` }];
    if (rows > 0) return []; // no function in VALUES makes rows
    const generated = [...walk(select)].some((each) => (as(each, 'FuncCall')?.funcname ?? []).some(isSeries));
    if (generated) return [{ table, note: 'from generate_series' }];
    const whole =
      select.fromClause !== undefined && select.whereClause === undefined && select.limitCount === undefined;
    return whole ? [{ table, note: 'from a whole table' }] : [];
  },
};

const many = 1000;

function isSeries(node: Node): boolean {
  return nameOf(node) === 'generate_series';
}

import type { Node } from 'libpg-query';
import type { Hit, Rule } from '../rule.ts';
import { as, nameOf, tableName, walk } from '../tree.ts';
import { withKinds, withParts } from '../with-parts.ts';

/** A large INSERT holds one transaction open while it runs, with its locks and its share of replication lag. */
export const bulkInsert: Rule = {
  id: 'bulk-insert',
  code: 'LINT_DATA',
  severity: 'WARNING',
  why: 'A large INSERT holds one transaction open while it runs, with its locks and its share of replication lag.',
  safe: 'insert in batches, by a job of the application, outside of the migration',
  lock: 'RowExclusiveLock',
  on: withKinds,
  check: ({ node }) => withParts(node).flatMap(bulkOf),
};

const many = 1000;

function bulkOf(node: Node): readonly Hit[] {
  const insert = as(node, 'InsertStmt');
  const select = as(insert?.selectStmt, 'SelectStmt');
  const table = tableName(insert?.relation);
  if (select === undefined || table === undefined) return [];
  const rows = select.valuesLists?.length ?? 0;
  if (rows > many) return [{ table, note: `${rows} rows` }];
  if (rows > 0) return []; // PostgreSQL takes no function in VALUES that makes rows
  const generated = [...walk(select)].some((each) => (as(each, 'FuncCall')?.funcname ?? []).some(isSeries));
  if (generated) return [{ table, note: 'from generate_series' }];
  const whole = select.fromClause !== undefined && select.whereClause === undefined && select.limitCount === undefined;
  return whole ? [{ table, note: 'from a whole table' }] : [];
}

function isSeries(node: Node): boolean {
  return nameOf(node) === 'generate_series';
}

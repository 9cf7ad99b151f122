import type { Rule } from '../rule.ts';
import { as, optionsOf, tableName } from '../tree.ts';

/** VACUUM FULL writes the whole table anew and holds ACCESS EXCLUSIVE meanwhile. */
export const vacuumFull: Rule = {
  id: 'vacuum-full',
  code: 'LINT_REWRITE',
  severity: 'BLOCKER',
  why: 'VACUUM FULL writes the whole table anew and holds ACCESS EXCLUSIVE meanwhile.',
  safe: 'plain VACUUM, or pg_repack outside of a migration',
  lock: 'AccessExclusiveLock',
  rewrites: true,
  on: ['VacuumStmt'],
  check: ({ node }) => {
    const vacuum = as(node, 'VacuumStmt');
    if (vacuum === undefined || !optionsOf(vacuum.options).has('full')) return [];
    const tables = (vacuum.rels ?? []).map((each) => tableName(as(each, 'VacuumRelation')?.relation));
    return tables.length === 0
      ? [{ note: 'every table' }]
      : tables.map((table) => (table === undefined ? {} : { table }));
  },
};

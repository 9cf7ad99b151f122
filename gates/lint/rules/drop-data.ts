import type { Rule } from '../rule.ts';
import { as } from '../tree.ts';

/** Dropping a schema, a database, a sequence, or anything with CASCADE takes more with it than the statement names. */
export const dropData: Rule = {
  id: 'drop-data',
  code: 'LINT_DESTRUCTIVE',
  severity: 'BLOCKER',
  approval: true,
  why: 'Dropping a schema, a database, a sequence, or anything with CASCADE takes more with it than the statement names.',
  safe: 'drop what is no longer used one by one, without CASCADE, with an approval',
  on: ['DropdbStmt', 'DropOwnedStmt', 'DropStmt'],
  check: ({ node }) => {
    if (as(node, 'DropdbStmt') !== undefined) return [{ note: 'a whole database' }];
    if (as(node, 'DropOwnedStmt') !== undefined) return [{ note: 'everything that a role owns' }];
    const drop = as(node, 'DropStmt');
    if (drop === undefined || drop.removeType === 'OBJECT_TABLE') return [];
    const cascade = drop.behavior === 'DROP_CASCADE';
    if (!cascade && !holders.has(drop.removeType ?? '')) return [];
    return [{ note: cascade ? 'CASCADE: what depends on it goes too' : 'what it holds goes too' }];
  },
};

const holders = new Set(['OBJECT_SCHEMA', 'OBJECT_SEQUENCE']);

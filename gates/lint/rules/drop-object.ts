import type { Rule } from '../rule.ts';
import { as, nameOf } from '../tree.ts';

/** The release that serves may still use what is dropped. */
export const dropObject: Rule = {
  id: 'drop-object',
  code: 'LINT_COMPATIBILITY',
  severity: 'WARNING',
  why: 'The release that serves may still use what is dropped.',
  safe: 'stop using it in one release, drop it in a later one',
  on: ['DropStmt'],
  check: ({ node }) => {
    const drop = as(node, 'DropStmt');
    if (drop === undefined || elsewhere.has(drop.removeType ?? '')) return [];
    return (drop.objects ?? []).map((object) => ({
      note: `${(drop.removeType ?? '').slice(7).toLowerCase().replaceAll('_', ' ')} ${nameOf(object)}`,
    }));
  },
};

/** What other rules say: tables and what holds data, indexes, policies. */
const elsewhere = new Set(['OBJECT_TABLE', 'OBJECT_SCHEMA', 'OBJECT_SEQUENCE', 'OBJECT_INDEX', 'OBJECT_POLICY']);

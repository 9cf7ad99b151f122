import type { Rule } from '../rule.ts';
import { as, nameOf } from '../tree.ts';

/** The rows of a dropped table are gone, and the release that serves may still read them. */
export const dropTable: Rule = {
  id: 'drop-table',
  code: 'LINT_DESTRUCTIVE',
  severity: 'BLOCKER',
  approval: true,
  why: 'The rows of a dropped table are gone, and the release that serves may still read them.',
  safe: 'stop using it in one release, rename or keep it for a while, drop it in a later one, with an approval',
  lock: 'AccessExclusiveLock',
  on: ['DropStmt'],
  check: ({ node }) => {
    const drop = as(node, 'DropStmt');
    if (drop?.removeType !== 'OBJECT_TABLE') return [];
    return (drop.objects ?? []).map((object) => ({ table: nameOf(object) }));
  },
};

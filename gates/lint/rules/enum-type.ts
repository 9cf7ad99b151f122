import type { Rule } from '../rule.ts';
import { as } from '../tree.ts';

/** A value can never be removed from an enum type, and a new one cannot be used in the transaction that adds it. */
export const enumType: Rule = {
  id: 'enum-type',
  code: 'LINT_PRACTICE',
  severity: 'WARNING',
  why: 'A value can never be removed from an enum type, and a new one cannot be used in the transaction that adds it.',
  safe: 'text with a CHECK, or a table of the values',
  on: ['CreateEnumStmt'],
  check: ({ node }) => (as(node, 'CreateEnumStmt') === undefined ? [] : [{}]),
};

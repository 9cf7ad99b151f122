import type { RuleText } from '../rule.ts';

/** A text that PostgreSQL's parser refuses would fail when it is applied; no policy makes less of it. */
export const unparsable: RuleText = {
  id: 'unparsable',
  code: 'LINT_UNPARSABLE',
  severity: 'BLOCKER',
  why: 'PostgreSQL cannot read it.',
  safe: 'SQL that PostgreSQL reads',
};

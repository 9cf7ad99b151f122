import type { RuleText } from '../rule.ts';

/** A migration whose SQL is known only by running it; said in every report, and never taken for clean. */
export const notEvaluated: RuleText = {
  id: 'not-evaluated',
  code: 'LINT_NOT_EVALUATED',
  severity: 'WARNING',
  why: 'No rule has seen this migration: its SQL is known only by running it.',
  safe: 'SQL, or a program that builds its statements without asking the database or waiting',
};

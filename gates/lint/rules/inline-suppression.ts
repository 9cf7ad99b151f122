import type { RuleText } from '../rule.ts';

/** Comments by which a file lets itself off have no effect: who is judged does not choose the judge. */
export const inlineSuppression: RuleText = {
  id: 'inline-suppression',
  code: 'LINT_SUPPRESSION_IGNORED',
  severity: 'WARNING',
  why: 'A comment that tells a linter to look away has no effect here.',
  safe: 'sallyport:lint.policy or an approval, in a reviewed commit',
};

const marks =
  /(squawk-ignore|eugene:\s*ignore|atlas:nolint|pgsafe[:-]ignore|pgfence[:-]ignore|safe-migrate:\s*ignore)/g;

/** The lines (from 1) on which a text asks not to be judged, and how. */
export function suppressionsIn(text: string): readonly { line: number; mark: string }[] {
  if (!marks.test(text)) return [];
  return text.split('\n').flatMap((content, at) => {
    const mark = content.match(marks)?.[0];
    return mark === undefined ? [] : [{ line: at + 1, mark }];
  });
}

/** The text with squawk's marks made void, every byte in its place. */
export function withoutSuppressions(text: string): string {
  return text.replaceAll('squawk-ignore', 'squawk_ignore');
}

import { blocker, type Finding } from '../kernel/verdict.ts';
import type { SourceSection } from './sections.ts';

/** What is judged must be what is promoted: a finding for each file whose content is not the release's. */
export function contentMismatches(sections: readonly SourceSection[]): readonly Finding[] {
  return sections.flatMap(({ mismatches }) =>
    mismatches.map(({ file, expected, found }) =>
      blocker(
        'LINT_CONTENT_MISMATCH',
        file,
        found === '' ? 'no file that can be read' : `content ${found.slice(0, 12)}`,
        `${expected.slice(0, 12)}, as in the release`,
      ),
    ),
  );
}

import type { Candidate } from '../../cutover/candidate.ts';
import type { Plan } from '../../cutover/plan.ts';
import { blocker, type Finding } from '../../kernel/verdict.ts';

/** What may be emptied and filled: a database with nothing in it, or this cutover's own candidate that does not serve yet. */
export function targetFree(
  { candidate, contents }: { readonly candidate: Candidate | undefined; readonly contents: readonly string[] },
  { id, target }: Pick<Plan, 'id' | 'target'>,
): readonly Finding[] {
  const needed = `an empty database, or the candidate of cutover ${id}`;
  if (candidate === undefined) {
    if (contents.length === 0) return [];
    const found = `${contents.length === 1000 ? '1000 or more' : contents.length} relations, ${contents[0]} among them`;
    return [blocker('TARGET_NOT_EMPTY', target.at, found, needed)];
  }
  const found = `the candidate of cutover ${candidate.cutover}, ${candidate.state} since ${candidate.since}`;
  if (candidate.cutover !== id) return [blocker('TARGET_NOT_EMPTY', target.at, found, needed)];
  return candidate.state === 'serving' ? [blocker('TARGET_SERVES', target.at, found, 'a candidate')] : [];
}

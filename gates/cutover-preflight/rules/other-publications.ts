import { namesOf } from '../../cutover/plan.ts';
import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/**
 * No publication is made on the target by replication: who subscribes to the source is named. Those with our names are
 * ours where the target says that it is this cutover's candidate; otherwise they may be left of an earlier one whose target
 * is gone, or another cutover's, and nothing on the source tells which.
 */
export function otherPublications({ plan, source, target }: PreflightFacts): readonly Finding[] {
  const { publication, back } = namesOf(plan);
  const ours = ({ name }: { readonly name: string }) => name === publication || name.startsWith(`${publication}#`);
  const { candidate } = target;
  const explained = candidate?.cutover === plan.id && candidate.source === source.id;
  const unexplained = explained ? [] : source.publications.filter(ours).map(({ name }) => name);
  const known = new Set([...source.publications.map(({ name }) => name), back]);
  const there = new Set(target.publications.map(({ name }) => name));
  return [
    ...source.publications
      .filter((each) => !ours(each) && !there.has(each.name))
      .map(({ name }) =>
        warning('PUBLICATION_LEFT_BEHIND', name, 'a publication that the target does not have', 'one there, or none'),
      ),
    ...(unexplained.length === 0
      ? []
      : [
          warning(
            'PUBLICATION_IN_THE_WAY',
            `${plan.source.at} ${unexplained[0]}`,
            `${unexplained.slice(0, 3).join(', ')}${unexplained.length > 3 ? ` and ${unexplained.length - 3} more` : ''}, which the backfill drops`,
            'none, as no candidate of this cutover is there',
          ),
        ]),
    ...(explained || !there.has(back)
      ? []
      : [
          blocker(
            'PUBLICATION_IN_THE_WAY',
            `${plan.target.at} ${back}`,
            'a publication by the name of the one for the way back',
            'none',
          ),
        ]),
    ...target.publications
      .filter(({ name, publishes }) => publishes && !known.has(name))
      .map(({ name }) =>
        warning(
          'PUBLICATION_IN_THE_WAY',
          `${plan.target.at} ${name}`,
          'a publication that the source does not have, of tables here',
          'none before the flip',
        ),
      ),
  ];
}

import { isDeclared } from '../../candidate/revision-name.ts';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';

/**
 * Where apps are declared, what serves is a revision that some promotion made: declaring them puts the accepted revision
 * at 100 %, and a revision that somebody made by hand, for whatever reason, would stop serving without a word.
 */
export function foreignTraffic(
  { apps = [], database }: PreflightFacts,
  { platform }: Pick<PreflightInputs, 'platform'>,
): readonly Finding[] {
  if (platform?.kind !== 'azure' || database === undefined) return [];
  const accepted = new Set(database.accepted.flatMap(({ revisions }) => Object.values(revisions)));
  return apps.flatMap(({ name, traffic }) =>
    traffic.flatMap((entry) => {
      if (!('revisionName' in entry) || entry.weight === 0) return [];
      // A flip that was cut off leaves traffic on one that was not accepted: the next one converges.
      if (accepted.has(entry.revisionName) || isDeclared(entry.revisionName)) return [];
      const found = `${entry.weight} % on ${entry.revisionName}, which no promotion made`;
      return [blocker('TRAFFIC_FOREIGN', name, found, 'traffic on revisions of promotions')];
    }),
  );
}

import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';
import { movedTraffic } from '../moved-traffic.ts';

/** The apps on the platform are in the state that a promotion needs; what was left by hand is said, not overwritten. */
export function appState({ apps = [], workers = [], database }: PreflightFacts): readonly Finding[] {
  const moved = movedTraffic(apps, database?.accepted[0]?.revisions ?? {}).map(({ app, found, needed }) =>
    warning('TRAFFIC_MOVED', app, found, needed),
  );
  const modes = [...apps, ...workers]
    .filter(({ revisionsMode }) => revisionsMode !== 'Multiple')
    .map(({ name, revisionsMode }) => blocker('REVISIONS_MODE', name, `mode ${revisionsMode}`, 'mode Multiple'));
  const states = apps.flatMap((app) => {
    const findings: Finding[] = [];
    if (app.sessionAffinity) {
      findings.push(blocker('SESSION_AFFINITY', app.name, 'clients that stay with a revision', 'affinity none'));
    }
    for (const entry of app.traffic) {
      if (!('revisionName' in entry) || entry.label === undefined) continue;
      const found = `label ${entry.label} on ${entry.revisionName}`;
      findings.push(blocker('TRAFFIC_LABELLED', app.name, found, 'no labels: setting traffic would take them away'));
    }
    if (app.traffic.some((entry) => 'latestRevision' in entry && entry.weight > 0)) {
      findings.push(
        blocker('TRAFFIC_NOT_PINNED', app.name, 'traffic to the latest revision', 'traffic by revision name'),
      );
    }
    return findings;
  });
  return [...modes, ...states, ...moved];
}

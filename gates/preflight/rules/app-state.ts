import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';
import { movedTraffic } from '../moved-traffic.ts';

/** The apps on the platform are in the state that a promotion needs; what was left by hand is said, not overwritten. */
export function appState({ apps = [], database }: PreflightFacts): readonly Finding[] {
  const moved = movedTraffic(apps, database?.accepted[0]?.revisions ?? {}).map(({ app, found, needed }) =>
    warning('TRAFFIC_MOVED', app, found, needed),
  );
  const states = apps.flatMap((app) => {
    const findings: Finding[] = [];
    if (app.revisionsMode !== 'Multiple') {
      findings.push(blocker('REVISIONS_MODE', app.name, `mode ${app.revisionsMode}`, 'mode Multiple'));
    }
    if (app.traffic.some((entry) => 'latestRevision' in entry && entry.weight > 0)) {
      findings.push(
        blocker('TRAFFIC_NOT_PINNED', app.name, 'traffic to the latest revision', 'traffic by revision name'),
      );
    }
    return findings;
  });
  return [...states, ...moved];
}

import type { AppState } from '../../infra/container-apps/container-apps.ts';

/** The apps whose traffic is not where the accepted release put it. */
export function movedTraffic(
  apps: readonly AppState[],
  revisions: Readonly<Record<string, string>>,
): readonly { readonly app: string; readonly found: string; readonly needed: string }[] {
  return apps.flatMap(({ name, traffic }) => {
    const accepted = revisions[name];
    if (accepted === undefined) return [];
    const serving = traffic
      .filter((entry) => entry.weight > 0)
      .map((entry) => `${'revisionName' in entry ? entry.revisionName : 'the latest revision'} ${entry.weight} %`);
    const needed = `${accepted} 100 %`;
    const found = serving.join(', ') || 'no traffic';
    return found === needed ? [] : [{ app: name, found, needed }];
  });
}

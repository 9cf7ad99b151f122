import type { ContainerApps, TrafficWeight } from '../../infra/container-apps/container-apps.ts';

/** An app's traffic by revision name; what goes to the latest revision, whatever that is, is not in it. */
export async function pinnedTraffic(apps: ContainerApps, name: string): Promise<readonly TrafficWeight[]> {
  const app = await apps.getApp(name);
  return (app?.traffic ?? []).filter((entry) => 'revisionName' in entry);
}

/** The revisions that get traffic, and how much, as a person reads it. */
export function servingOf(traffic: readonly TrafficWeight[]): string {
  const serving = traffic.filter((entry) => entry.weight > 0);
  return serving.map((entry) => `${entry.revisionName} ${entry.weight}`).join(', ');
}

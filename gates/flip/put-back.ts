import type { ContainerApps } from '../../infra/container-apps/container-apps.ts';
import type { FlipFacts } from './facts.ts';

/** Undoes a flip that cannot be finished: the weights and workers of the accepted release. */
export async function putBack(apps: ContainerApps, facts: FlipFacts, revisions: Readonly<Record<string, string>>) {
  for (const [name, { back }] of Object.entries(facts.services)) {
    for (const { revisionName } of back) await apps.activateRevision(name, revisionName);
    if (back.length > 0) await apps.setTraffic(name, back);
  }
  for (const [name, { back }] of Object.entries(facts.workers)) {
    const started = revisions[name] ?? '';
    if (!back.includes(started) && (await apps.getRevision(name, started))?.active === true) {
      await apps.deactivateRevision(name, started);
    }
    for (const revision of back) await apps.activateRevision(name, revision);
  }
}

import type { ContainerApps } from '../../infra/container-apps/container-apps.ts';
import type { Accepted } from '../kernel/ledger/accepted.ts';
import type { World } from '../kernel/world.ts';
import type { SuiteResult } from './facts.ts';
import { runSuite } from './suite.ts';

/** The suite of the accepted release against its own revisions, or why they cannot be asked. */
export type ServingSmoke =
  | { readonly kind: 'answered'; readonly suite: SuiteResult }
  | { readonly kind: 'missing'; readonly found: string };

/** Runs the accepted release's own smoke suite against the revisions in which it serves. */
export async function smokeServing(world: World, accepted: Accepted): Promise<ServingSmoke> {
  const { apps } = await world.platform();
  const addresses: Record<string, string> = {};
  for (const [name, service] of Object.entries(accepted.release.services)) {
    if (service.ingress === 'none') continue;
    const address = await servingAddress(apps, name, accepted.revisions[name]);
    if (address.found !== undefined) return { kind: 'missing', found: address.found };
    addresses[name] = address.value;
  }
  const surfaces = [...(await runSuite(world, accepted.release.smoke, addresses))];
  const { sha, releaseDigest: release, revisions } = accepted;
  return { kind: 'answered', suite: { sha, release, revisions: { ...revisions }, surfaces } };
}

async function servingAddress(apps: ContainerApps, service: string, name = 'no revision on record') {
  const revision = await apps.getRevision(service, name);
  if (revision?.active !== true || revision.address === undefined) {
    return { found: `${name} ${revision === undefined ? 'not there' : 'not active'}` } as const;
  }
  return { value: revision.address, found: undefined } as const;
}

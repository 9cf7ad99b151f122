import { ArmError } from '../../infra/container-apps/arm-error.ts';
import type { AppState, TrafficWeight } from '../../infra/container-apps/container-apps.ts';
import type { World } from '../kernel/world.ts';
import { appSpec, inOrder } from './app-spec.ts';
import type { Candidate, CandidateDone, CandidateFacts, CandidateInputs } from './facts.ts';
import { healthy } from './healthy.ts';
import { standbyOf } from './revision-name.ts';

/** Brings up one revision a service, those first that others refer to, and waits for each; stops at the first no. */
export async function bringUp(world: World, inputs: CandidateInputs, facts: CandidateFacts): Promise<CandidateDone> {
  const { apps } = await world.platform();
  const { services, sha } = inputs.release;
  const candidates: Record<string, Candidate> = {};
  const addresses: Record<string, string> = {};
  for (const name of inOrder(services)) {
    world.signal.throwIfAborted();
    const service = services[name];
    if (service === undefined) continue;
    const standby = service.ingress === 'none';
    const working = `r${sha.slice(0, 7)}-${world.attempt?.id ?? 0}`;
    const suffix = standby ? standbyOf(working) : working;
    const revision = `${name}--${suffix}`;
    const traffic = trafficWith(revision, facts.apps[name]?.app);
    const spec = appSpec({ platform: inputs.platform, name, service, suffix, addresses, traffic, standby });
    let app: AppState;
    try {
      app = await apps.putApp(name, spec);
    } catch (error) {
      if (!(error instanceof ArmError) || error.transient) throw error;
      return { candidates, refused: { service: name, message: `${error.code}: ${error.message}` } };
    }
    const made = await healthy(world, apps, name, revision, service, inputs.healthSeconds);
    candidates[name] = { ...made, ...(app.address !== undefined && { publicAddress: app.address }) };
    if (made.address !== undefined) addresses[name] = made.address;
    world.say(`${revision} ${made.healthy ? 'healthy' : `not healthy: ${made.detail}`}`);
    // The very first candidate has all the traffic there is, and the platform keeps what has traffic active.
    const serves = traffic.some((entry) => entry.revisionName === revision && entry.weight > 0);
    if (standby || (!made.healthy && !serves)) await apps.deactivateRevision(name, revision);
    if (!made.healthy) break;
  }
  return { candidates };
}

/** Weights stay as they are, by name, with the candidate at 0; an app that is new has nothing else to serve. */
function trafficWith(revision: string, app: AppState | undefined): readonly TrafficWeight[] {
  const pinned = (app?.traffic ?? []).filter((entry) => 'revisionName' in entry).filter((entry) => entry.weight > 0);
  const others = pinned.filter((entry) => entry.revisionName !== revision);
  if (others.length === 0) return [{ revisionName: revision, weight: 100 }];
  const kept = pinned.find((entry) => entry.revisionName === revision)?.weight ?? 0;
  return [...others, { revisionName: revision, weight: kept }];
}

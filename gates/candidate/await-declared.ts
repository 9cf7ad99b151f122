import type { World } from '../kernel/world.ts';
import { differenceOf } from './declared-template.ts';
import type { Candidate, CandidateDone, CandidateFacts, CandidateInputs } from './facts.ts';
import { healthy } from './healthy.ts';
import { isStandby } from './revision-name.ts';

/**
 * Where apps are declared, their revisions are there by now: waits for each, all at once, and asks the platform what it
 * was given to run. Puts nothing; stops what stands by, and what is not healthy and has no traffic.
 */
export async function awaitDeclared(
  world: World,
  inputs: CandidateInputs,
  facts: CandidateFacts,
  declared: Readonly<Record<string, string>>,
): Promise<CandidateDone> {
  const { apps } = await world.platform();
  const waiting = Object.entries(inputs.release.services).map(async ([name, service]) => {
    const revision = declared[name];
    if (revision === undefined) return [];
    const made = await healthy(world, apps, name, revision, service, inputs.healthSeconds);
    const standby = isStandby(revision) && service.ingress === 'none';
    const found = await apps.getRevision(name, revision);
    const difference = found && differenceOf(found, service, standby);
    const app = facts.apps[name]?.app;
    const candidate: Candidate = {
      ...made,
      ...(difference !== undefined && { difference }),
      ...(app?.address !== undefined && { publicAddress: app.address }),
    };
    world.say(`${revision} ${made.healthy ? 'healthy' : `not healthy: ${made.detail}`}`);
    const serves = app?.traffic.some((entry) => {
      return 'revisionName' in entry && entry.revisionName === revision && entry.weight > 0;
    });
    if (found !== undefined && (standby || (!made.healthy && serves !== true))) {
      await apps.deactivateRevision(name, revision);
    }
    return [[name, candidate] as const];
  });
  // All of them, also where one could not be looked at: nothing goes on behind the gate's back.
  const ended = await Promise.allSettled(waiting);
  const candidates = ended.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
  return { candidates: Object.fromEntries(candidates.flat()) };
}

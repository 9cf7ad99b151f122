import { candidatesSchema } from '../candidate/facts.ts';
import { receiptOf } from '../kernel/gate.ts';
import type { World } from '../kernel/world.ts';
import { drain, type Leaving } from './drain.ts';
import type { FlipDone, FlipFacts, FlipInputs, Flipped } from './facts.ts';
import { probePublic } from './public-probe.ts';
import { pinnedTraffic, servingOf } from './serving-traffic.ts';
import { startWorker } from './workers.ts';

/** Moves the traffic of every service, then starts the workers, then drains what served before; stops at the first no. */
export async function flipAll(
  world: World,
  inputs: FlipInputs,
  facts: FlipFacts,
  revisions: Readonly<Record<string, string>>,
): Promise<FlipDone> {
  const { apps } = await world.platform();
  const candidates = candidatesSchema.parse(receiptOf(inputs, 'candidate').data.candidates);
  const done = {
    flipped: [] as Flipped[],
    workers: [] as { service: string; revision: string; detail: string }[],
    revisions,
  };
  const revert = (reverted: NonNullable<FlipDone['reverted']>): FlipDone => {
    return { ...done, drained: [], undrained: [], reverted };
  };
  // Before any traffic is moved: without this the public address could never say who answers.
  for (const service of Object.keys(facts.services)) {
    const { address = '', revision } = candidates[service] ?? { revision: '' };
    const health = inputs.release.services[service]?.health ?? '/';
    const probed = await probePublic(`${address}${health}`, revision, { ...inputs.probe, answers: 1 }, world.signal);
    const needed = `${revision} in header ${inputs.probe.header} of the candidate's answer`;
    if (probed.hits === 0) return revert({ code: 'REVISION_NOT_NAMED', about: service, found: probed.last, needed });
  }
  for (const [service, before] of Object.entries(facts.services)) {
    world.signal.throwIfAborted();
    const revision = revisions[service] ?? '';
    const publicAddress = candidates[service]?.publicAddress ?? '';
    const state = await apps.getRevision(service, revision);
    if (state?.active === false) await apps.activateRevision(service, revision);
    await apps.setTraffic(service, [{ revisionName: revision, weight: 100 }]);
    const readBack = await pinnedTraffic(apps, service);
    if (servingOf(readBack) !== `${revision} 100`) {
      return revert({
        code: 'TRAFFIC_NOT_SHIFTED',
        about: service,
        found: servingOf(readBack) || 'nothing',
        needed: `${revision} 100`,
      });
    }
    const health = inputs.release.services[service]?.health ?? '/';
    const probed = await probePublic(`${publicAddress}${health}`, revision, inputs.probe, world.signal);
    if (probed.hits < inputs.probe.answers) {
      const needed = `${inputs.probe.answers} answers in a row from ${revision}`;
      return revert({ code: 'PUBLIC_PROBE_FAILED', about: publicAddress, found: probed.last, needed });
    }
    const { tries: probes, elapsedMs: probeMs } = probed;
    done.flipped.push({ service, revision, before: before.traffic, readBack, publicAddress, probes, probeMs });
    world.say(
      `${service} ${servingOf(before.traffic) || 'nothing'} → ${revision} 100, ${probes} probes in ${probeMs} ms`,
    );
  }
  const addresses = Object.fromEntries(Object.entries(candidates).map(([name, { address }]) => [name, address ?? '']));
  for (const name of Object.keys(facts.workers)) {
    const revision = revisions[name] ?? '';
    const service = inputs.release.services[name];
    if (service === undefined) continue;
    const standby = candidates[name]?.revision ?? '';
    const failure = await startWorker(world, apps, inputs, { name, service, revision, standby }, addresses);
    if (failure !== undefined) {
      return revert({ code: 'WORKER_UNHEALTHY', about: revision, found: failure, needed: 'a healthy worker' });
    }
    done.workers.push({ service: name, revision, detail: 'healthy' });
    world.say(`${revision} works`);
  }
  const leaving = leavingOf(facts, revisions);
  const undrained = await drain(world, apps, leaving, inputs.drainSeconds);
  const drained = leaving.map(({ revision }) => revision).filter((revision) => !undrained.includes(revision));
  if (drained.length > 0) world.say(`drained ${drained.join(', ')}`);
  return { ...done, drained, undrained };
}

function leavingOf(facts: FlipFacts, revisions: Readonly<Record<string, string>>): readonly Leaving[] {
  return Object.entries({ ...facts.services, ...facts.workers }).flatMap(([app, { active }]) =>
    active.filter((revision) => revision !== revisions[app]).map((revision) => ({ app, revision })),
  );
}

import { z } from 'zod';
import type { ContainerApps, TrafficWeight } from '../../infra/container-apps/container-apps.ts';
import { candidatesSchema } from '../candidate/facts.ts';
import { defineGate, receiptOf } from '../kernel/gate.ts';
import { messageOf } from '../kernel/gate-error.ts';
import { acceptedReleases } from '../kernel/ledger/accepted.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { drain, type Leaving } from './drain.ts';
import { type FlipDone, type FlipFacts, type FlipInputs, type Flipped, flipInputs } from './facts.ts';
import { probePublic } from './public-probe.ts';
import { startWorker, workingRevision } from './workers.ts';

const weights = z.array(z.object({ revisionName: z.string(), weight: z.number(), label: z.string().optional() }));

/** Moves all traffic to the candidate, reads it back, probes the public address, starts the workers, drains the old. */
export const flip = defineGate<FlipInputs, FlipFacts, FlipDone>({
  name: 'flip',
  rules: 1,
  needs: ['preflight', 'guard', 'migrate', 'candidate', 'smoke'],
  inputs: flipInputs,
  evidence: {
    file: 'flip.json',
    body: z.object({
      flipped: z.array(
        z.object({
          service: z.string(),
          revision: z.string(),
          before: weights,
          readBack: weights,
          publicAddress: z.string(),
          probes: z.number().int(),
          probeMs: z.number().int(),
        }),
      ),
      workers: z.array(z.object({ service: z.string(), revision: z.string(), detail: z.string() })),
      drained: z.array(z.string()),
      undrained: z.array(z.string()),
    }),
  },
  deadlineSeconds: ({ probe, drainSeconds, healthSeconds, release }) =>
    60 + drainSeconds + (probe.seconds + healthSeconds) * Object.keys(release.services).length,
  subject: () => null,
  drift,
  inspect,
  judge: () => [],
  act,
  conclude,
  report: (_inputs, _facts, done) => ({
    flipped: done?.flipped ?? [],
    workers: done?.workers ?? [],
    drained: done?.drained ?? [],
    undrained: done?.undrained ?? [],
  }),
  data: (_inputs, _facts, done) => ({ revisions: done?.revisions ?? {} }),
  summary: (_inputs, _facts, done) =>
    [...(done?.flipped ?? []), ...(done?.workers ?? [])].map((each) => `${each.revision} serves`).join(', '),
});

/** Somebody moved the traffic by hand, or a worker is not the one that was started: converge. */
async function drift(world: World, inputs: FlipInputs): Promise<string | undefined> {
  const { apps } = await world.platform();
  for (const [name, revision] of Object.entries(wantedRevisions(inputs))) {
    if (inputs.release.services[name]?.ingress === 'none') {
      const active = (await apps.listRevisions(name)).filter((each) => each.active).map((each) => each.name);
      if (active.join() !== revision) return `${name} runs ${active.join(', ') || 'nothing'}, not ${revision}`;
    } else {
      const traffic = servingOf(await pinnedTraffic(apps, name));
      if (traffic !== `${revision} 100`) return `${name} sends traffic to ${traffic || 'nothing'}, not to ${revision}`;
    }
  }
  return undefined;
}

/** Service → the revision that serves or works once the flip is done. */
function wantedRevisions(inputs: FlipInputs): Readonly<Record<string, string>> {
  const candidates = candidatesSchema.parse(receiptOf(inputs, 'candidate').data.candidates);
  const entries = Object.entries(candidates).map(([name, { revision }]) => {
    const worker = inputs.release.services[name]?.ingress === 'none';
    return [name, worker ? workingRevision(name, revision) : revision];
  });
  return Object.fromEntries(entries);
}

async function inspect(world: World, inputs: FlipInputs): Promise<FlipFacts> {
  const { apps } = await world.platform();
  const [accepted] = await acceptedReleases(await world.database());
  const services: Record<string, FlipFacts['services'][string]> = {};
  const workers: Record<string, FlipFacts['workers'][string]> = {};
  for (const [name, service] of Object.entries(inputs.release.services)) {
    const revisions = await apps.listRevisions(name);
    const active = revisions.filter((each) => each.active).map((each) => each.name);
    const before = revisions.find((each) => each.name === accepted?.revisions[name])?.name;
    if (service.ingress === 'none') workers[name] = { active, back: before === undefined ? [] : [before] };
    else {
      const traffic = await pinnedTraffic(apps, name);
      services[name] = {
        traffic,
        active,
        back: before === undefined ? traffic : [{ revisionName: before, weight: 100 }],
      };
    }
  }
  return { services, workers };
}

/** Flips, and undoes what was done where it cannot be finished: the release that was accepted goes on serving. */
async function act(world: World, inputs: FlipInputs, facts: FlipFacts): Promise<FlipDone> {
  const { apps } = await world.platform();
  try {
    const done = await flipAll(world, inputs, facts);
    if (done.reverted === undefined) return done;
    world.say(`${done.reverted.about}: ${done.reverted.found}; putting the old weights back`);
    await putBack(apps, facts, done.revisions);
    return done;
  } catch (error) {
    world.say('cut off; putting the old weights back');
    await putBack(apps, facts, wantedRevisions(inputs)).catch((failure: unknown) => {
      world.say(`the old weights could not be put back (${messageOf(failure)}); the next \`pulumi up\` converges`);
    });
    throw error;
  }
}

async function flipAll(world: World, inputs: FlipInputs, facts: FlipFacts): Promise<FlipDone> {
  const { apps } = await world.platform();
  const revisions = wantedRevisions(inputs);
  const candidates = candidatesSchema.parse(receiptOf(inputs, 'candidate').data.candidates);
  const done = {
    flipped: [] as Flipped[],
    workers: [] as { service: string; revision: string; detail: string }[],
    revisions,
  };
  const revert = (reverted: NonNullable<FlipDone['reverted']>): FlipDone => {
    return { ...done, drained: [], undrained: [], reverted };
  };
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
    const failure = await startWorker(world, apps, inputs, { name, service, revision }, addresses);
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

async function putBack(apps: ContainerApps, facts: FlipFacts, revisions: Readonly<Record<string, string>>) {
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

function leavingOf(facts: FlipFacts, revisions: Readonly<Record<string, string>>): readonly Leaving[] {
  return Object.entries({ ...facts.services, ...facts.workers }).flatMap(([app, { active }]) =>
    active.filter((revision) => revision !== revisions[app]).map((revision) => ({ app, revision })),
  );
}

function conclude(done: FlipDone): readonly Finding[] {
  if (done.reverted !== undefined) {
    const { code, about, found, needed } = done.reverted;
    return [blocker(code, about, found, needed)];
  }
  return done.undrained.map((revision) => blocker('DRAIN_INCOMPLETE', revision, 'replicas that still run', 'none'));
}

async function pinnedTraffic(apps: ContainerApps, name: string): Promise<readonly TrafficWeight[]> {
  const app = await apps.getApp(name);
  return (app?.traffic ?? []).filter((entry) => 'revisionName' in entry);
}

function servingOf(traffic: readonly TrafficWeight[]): string {
  const serving = traffic.filter((entry) => entry.weight > 0);
  return serving.map((entry) => `${entry.revisionName} ${entry.weight}`).join(', ');
}

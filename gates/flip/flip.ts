import { z } from 'zod';
import { candidatesSchema } from '../candidate/facts.ts';
import { defineGate, receiptOf } from '../kernel/gate.ts';
import { messageOf } from '../kernel/gate-error.ts';
import { acceptedReleases } from '../kernel/ledger/accepted.ts';
import { releaseDigest } from '../kernel/release.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { type FlipDone, type FlipFacts, type FlipInputs, flipInputs } from './facts.ts';
import { flipAll } from './flip-all.ts';
import { putBack } from './put-back.ts';
import { pinnedTraffic, servingOf } from './serving-traffic.ts';
import { workingRevision } from './workers.ts';

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

/**
 * Somebody moved the traffic by hand, or a worker is not the one that was started: converge. Revisions that a cutover has
 * rolled the accepted release to are on record in the ledger, and as good.
 */
async function drift(world: World, inputs: FlipInputs): Promise<string | undefined> {
  const { apps } = await world.platform();
  const [accepted] = await acceptedReleases(await world.database());
  const rolled = accepted?.releaseDigest === releaseDigest(inputs.release) ? accepted.revisions : {};
  for (const [name, made] of Object.entries(wantedRevisions(inputs))) {
    const revision = rolled[name] ?? made;
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
    const done = await flipAll(world, inputs, facts, wantedRevisions(inputs));
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

function conclude(done: FlipDone): readonly Finding[] {
  if (done.reverted !== undefined) {
    const { code, about, found, needed } = done.reverted;
    return [blocker(code, about, found, needed)];
  }
  return done.undrained.map((revision) => blocker('DRAIN_INCOMPLETE', revision, 'replicas that still run', 'none'));
}

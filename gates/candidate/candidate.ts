import { z } from 'zod';
import { defineGate } from '../kernel/gate.ts';
import { acceptedReleases } from '../kernel/ledger/accepted.ts';
import { blocker, type Finding, warning } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { awaitDeclared } from './await-declared.ts';
import { bringUp } from './bring-up.ts';
import {
  type CandidateDone,
  type CandidateFacts,
  type CandidateInputs,
  candidateInputs,
  candidatesSchema,
} from './facts.ts';

/** Brings up a revision of every service at 0 %: healthy, with the image asked for; workers stand by. */
export const candidate = defineGate<CandidateInputs, CandidateFacts, CandidateDone>({
  name: 'candidate',
  rules: 1,
  needs: ['preflight', 'guard', 'migrate'],
  inputs: candidateInputs,
  evidence: {
    file: 'candidate.json',
    body: z.object({
      candidates: z.record(
        z.string(),
        z.looseObject({ revision: z.string(), healthy: z.boolean(), detail: z.string() }),
      ),
    }),
  },
  deadlineSeconds: ({ healthSeconds, release }) => (healthSeconds + 60) * Object.keys(release.services).length,
  subject: () => null,
  inspect,
  judge: (facts, { release }) => {
    const none = Object.keys(release.services).every((name) => facts.apps[name]?.app === undefined);
    const first = facts.accepted === undefined ? none : !facts.accepted;
    if (!first) return [];
    const found =
      'nothing that was accepted: the candidate stands at the public address before its smoke suite has run';
    return [warning('FIRST_RELEASE', 'platform', found, 'an accepted release')];
  },
  act: (world, inputs, facts) =>
    inputs.declared === undefined
      ? bringUp(world, inputs, facts)
      : awaitDeclared(world, inputs, facts, inputs.declared),
  conclude,
  report: (_inputs, _facts, done) => ({ candidates: done?.candidates ?? {} }),
  data: (_inputs, _facts, done) => ({ candidates: candidatesSchema.parse(done?.candidates) }),
  summary: (_inputs, _facts, done) =>
    Object.values(done?.candidates ?? {})
      .map((each) => each.revision)
      .join(', '),
});

async function inspect(world: World, { release, declared }: CandidateInputs): Promise<CandidateFacts> {
  const { apps } = await world.platform();
  const states = await Promise.all(
    Object.keys(release.services).map(async (name) => {
      const app = await apps.getApp(name);
      const revisions = app === undefined ? [] : await apps.listRevisions(name);
      return [name, { app, active: revisions.filter((each) => each.active).map((each) => each.name) }] as const;
    }),
  );
  const seen = { apps: Object.fromEntries(states) };
  if (declared === undefined) return seen;
  return { ...seen, accepted: (await acceptedReleases(await world.database())).length > 0 };
}

function conclude(
  done: CandidateDone,
  _facts: CandidateFacts,
  { release, healthSeconds }: CandidateInputs,
): readonly Finding[] {
  const findings = Object.entries(done.candidates).flatMap(([name, made]) => {
    const image = release.services[name]?.image ?? '';
    if (!made.healthy) {
      return [blocker('CANDIDATE_UNHEALTHY', made.revision, made.detail, `healthy within ${healthSeconds} s`)];
    }
    if (made.image !== image) return [blocker('CANDIDATE_IMAGE', made.revision, made.image, image)];
    if (made.difference === undefined) return [];
    return [
      blocker('CANDIDATE_TEMPLATE', made.revision, made.difference, 'the command and environment of the release'),
    ];
  });
  if (done.refused !== undefined) {
    const { service, message } = done.refused;
    return [...findings, blocker('CANDIDATE_REFUSED', service, message, 'a revision the platform takes')];
  }
  // After the first one that is not as it should be, no other is made; without one, each must be there.
  if (findings.length > 0) return findings;
  return Object.keys(release.services)
    .filter((name) => done.candidates[name] === undefined)
    .map((name) => blocker('CANDIDATE_UNHEALTHY', name, 'no revision', `healthy within ${healthSeconds} s`));
}

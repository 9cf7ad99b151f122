import { z } from 'zod';
import type { ContainerApps } from '../../infra/container-apps/container-apps.ts';
import { candidatesSchema } from '../candidate/facts.ts';
import { defineGate, receiptOf } from '../kernel/gate.ts';
import { type Accepted, acceptedReleases } from '../kernel/ledger/accepted.ts';
import { releaseDigest, type Smoke } from '../kernel/release.ts';
import { blocker, type Finding, warning } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { type SmokeFacts, type SmokeInputs, type SuiteResult, smokeInputs, suiteResult } from './facts.ts';
import { runSuite } from './suite.ts';

/**
 * Asks every critical surface of the candidate, and of the release that serves, now that the schema is the new one.
 * The second half is what makes rollback provable (A5, A6, B10).
 */
export const smoke = defineGate<SmokeInputs, SmokeFacts>({
  name: 'smoke',
  rules: 1,
  needs: ['preflight', 'guard', 'migrate', 'candidate'],
  inputs: smokeInputs,
  evidence: {
    file: 'api-smoke.json',
    body: z.object({
      candidate: suiteResult.nullable(),
      previous: suiteResult.nullable().describe('the release that serves, on the new schema'),
      previousSkipped: z.string().nullable(),
      assertionIds: z.array(z.string()),
      failedAssertions: z.array(
        z.object({ of: z.string(), surface: z.string(), id: z.string(), expected: z.string(), actual: z.string() }),
      ),
      health: z.object({ status: z.number().int().nullable(), snippet: z.string().nullable() }).nullable(),
      openapi: z.object({ status: z.number().int().nullable(), snippet: z.string().nullable() }).nullable(),
    }),
  },
  deadlineSeconds: ({ release }) => 60 + 2 * boundOf(release.smoke),
  subject: () => null,
  inspect,
  judge: (facts) => [...judgeCandidate(facts.candidate), ...judgePrevious(facts)],
  report: (inputs, facts) => ({
    candidate: facts?.candidate ?? null,
    previous: facts?.previous ?? null,
    previousSkipped:
      facts === undefined || facts.previous !== undefined ? null : (facts.missing?.found ?? 'no accepted release'),
    assertionIds: Object.values(inputs.release.smoke.surfaces).flatMap((surface) =>
      surface.assertions.map(({ id }) => id),
    ),
    failedAssertions: [...failedIn('candidate', facts?.candidate), ...failedIn('previous', facts?.previous)],
    health: answerOf(facts?.candidate, 'health'),
    openapi: answerOf(facts?.candidate, 'openapi'),
  }),
  data: ({ release }, facts) => ({
    proven: [releaseDigest(release), ...(facts.previous === undefined ? [] : [facts.previous.release])],
    historyDigest: facts.historyDigest,
  }),
  summary: (_inputs, { candidate, previous }) => {
    const count = (suite: SuiteResult) => suite.surfaces.reduce((sum, surface) => sum + surface.assertions.length, 0);
    const before =
      previous === undefined ? 'no previous release' : `previous ${previous.sha.slice(0, 12)} ${count(previous)}`;
    return `${count(candidate)} assertions on the candidate, ${before}`;
  },
});

async function inspect(world: World, inputs: SmokeInputs): Promise<SmokeFacts> {
  const { apps } = await world.platform();
  const candidates = candidatesSchema.parse(receiptOf(inputs, 'candidate').data.candidates);
  const history = z.string().parse(receiptOf(inputs, 'migrate').data.historyDigest);
  const { release } = inputs;
  const candidate: SuiteResult = {
    sha: release.sha,
    release: releaseDigest(release),
    revisions: Object.fromEntries(Object.entries(candidates).map(([name, { revision }]) => [name, revision])),
    surfaces: [...(await runSuite(world, release.smoke, addressesOf(candidates)))],
  };
  const [accepted] = await acceptedReleases(await world.database());
  if (accepted === undefined) return { candidate, historyDigest: history };
  world.say(`now ${accepted.sha.slice(0, 12)}, the release that serves, on the new schema`);
  const serving = await servingAddresses(apps, accepted);
  if (serving.addresses === undefined) {
    return { candidate, historyDigest: history, missing: { sha: accepted.sha, found: serving.found } };
  }
  const surfaces = [...(await runSuite(world, accepted.release.smoke, serving.addresses))];
  const { sha, releaseDigest: digest, revisions } = accepted;
  return {
    candidate,
    historyDigest: history,
    previous: { sha, release: digest, revisions: { ...revisions }, surfaces },
  };
}

/** The accepted revisions' own addresses, as the platform has them now. */
async function servingAddresses(apps: ContainerApps, accepted: Accepted) {
  const addresses: Record<string, string> = {};
  for (const [name, service] of Object.entries(accepted.release.services)) {
    if (service.ingress === 'none') continue;
    const wanted = accepted.revisions[name] ?? 'no revision on record';
    const revision = await apps.getRevision(name, wanted);
    if (revision?.active !== true || revision.address === undefined) {
      return { found: `${wanted} ${revision === undefined ? 'not there' : 'not active'}` };
    }
    addresses[name] = revision.address;
  }
  return { addresses };
}

function judgeCandidate(candidate: SuiteResult): readonly Finding[] {
  return candidate.surfaces.flatMap((surface) => {
    switch (surface.outcome) {
      case 'passed':
        return [];
      case 'unasserted':
        return [blocker('SURFACE_WITHOUT_ASSERTION', surface.surface, 'no assertion', 'one at least')];
      case 'transient':
        return [blocker('SMOKE_UNREACHABLE', `candidate ${surface.surface}`, lastTry(surface), 'a definite answer')];
      case 'failed':
        return surface.assertions
          .filter((assertion) => !assertion.passed)
          .map(({ id, actual, expected }) =>
            blocker('SMOKE_ASSERTION_FAILED', `${surface.surface} ${id}`, actual, expected),
          );
      default:
        return surface.outcome satisfies never;
    }
  });
}

function judgePrevious({ previous, missing }: SmokeFacts): readonly Finding[] {
  if (missing !== undefined) {
    return [blocker('PREVIOUS_NOT_FOUND', `release ${missing.sha}`, missing.found, 'its revisions, active')];
  }
  if (previous === undefined)
    return [warning('FIRST_RELEASE', 'ledger', 'no accepted release', 'one to prove a rollback with')];
  return previous.surfaces.flatMap((surface) => {
    if (surface.outcome === 'passed') return [];
    const about = `release ${previous.sha.slice(0, 12)} ${surface.surface}`;
    if (surface.outcome === 'transient')
      return [blocker('SMOKE_UNREACHABLE', about, lastTry(surface), 'a definite answer')];
    const failed = surface.assertions.find((assertion) => !assertion.passed);
    return [
      blocker('SMOKE_PREVIOUS_FAILED', about, failed?.actual ?? 'nothing asserted', failed?.expected ?? 'an assertion'),
    ];
  });
}

function lastTry(surface: SuiteResult['surfaces'][number]): string {
  const last = surface.timeline.at(-1);
  return `${last?.error ?? `status ${last?.status}`} after ${surface.timeline.length} tries`;
}

function failedIn(of: string, suite: SuiteResult | undefined) {
  return (suite?.surfaces ?? []).flatMap((surface) =>
    surface.assertions
      .filter((assertion) => !assertion.passed)
      .map(({ id, expected, actual }) => ({ of, surface: surface.surface, id, expected, actual })),
  );
}

function answerOf(suite: SuiteResult | undefined, name: string) {
  const surface = suite?.surfaces.find((each) => each.surface === name);
  return surface === undefined ? null : { status: surface.timeline.at(-1)?.status ?? null, snippet: surface.snippet };
}

function addressesOf(candidates: z.infer<typeof candidatesSchema>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(candidates).map(([name, { address }]) => [name, address]));
}

/** The longest that a suite can take, in seconds. */
function boundOf(suite: Smoke): number {
  const { attempts, delayMs } = suite.retries;
  return Object.keys(suite.surfaces).length * attempts * (10 + delayMs / 1000);
}

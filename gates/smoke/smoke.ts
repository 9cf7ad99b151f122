import { z } from 'zod';
import { candidatesSchema } from '../candidate/facts.ts';
import { defineGate, receiptOf } from '../kernel/gate.ts';
import { acceptedReleases } from '../kernel/ledger/accepted.ts';
import { brokenSurfaces } from '../kernel/ledger/broken-surface.ts';
import { releaseDigest, type Smoke } from '../kernel/release.ts';
import { blocker, type Finding, warning } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { type SmokeFacts, type SmokeInputs, type SuiteResult, smokeInputs, suiteResult } from './facts.ts';
import { smokeServing } from './serving.ts';
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
      previousRelease: suiteResult.nullable().describe('the release that serves, on the new schema'),
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
  judge: (facts, inputs) => [
    ...judgeCandidate(facts.candidate),
    ...judgePrevious(facts, receiptOf(inputs, 'preflight').data.mode === 'rollback'),
  ],
  report: (inputs, facts) => ({
    candidate: facts?.candidate ?? null,
    previousRelease: facts?.previous ?? null,
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
    // Only what answered rightly on every surface is proven on this schema.
    proven: [
      releaseDigest(release),
      ...(facts.previous?.surfaces.every((surface) => surface.outcome === 'passed') ? [facts.previous.release] : []),
    ],
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
  const client = await world.database();
  const candidates = candidatesSchema.parse(receiptOf(inputs, 'candidate').data.candidates);
  const history = z.string().parse(receiptOf(inputs, 'migrate').data.historyDigest);
  const { release } = inputs;
  const candidate: SuiteResult = {
    sha: release.sha,
    release: releaseDigest(release),
    revisions: Object.fromEntries(Object.entries(candidates).map(([name, { revision }]) => [name, revision])),
    surfaces: [...(await runSuite(world, release.smoke, addressesOf(candidates)))],
  };
  const [accepted] = await acceptedReleases(client);
  if (accepted === undefined) return { candidate, historyDigest: history, broken: [] };
  world.say(`now ${accepted.sha.slice(0, 12)}, the release that serves, on the new schema`);
  const broken = await brokenSurfaces(client, accepted.releaseDigest);
  const serving = await smokeServing(world, accepted);
  const seen = { candidate, historyDigest: history, broken };
  if (serving.kind === 'missing') return { ...seen, missing: { sha: accepted.sha, found: serving.found } };
  return { ...seen, previous: serving.suite };
}

function judgeCandidate(candidate: SuiteResult): readonly Finding[] {
  if (candidate.surfaces.length === 0) {
    return [blocker('SURFACE_WITHOUT_ASSERTION', 'suite', 'no surface', 'one at least, with an assertion')];
  }
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

/**
 * What fails on the release that serves closes the gate, unless it is the very thing that is being left: in a rollback,
 * and for surfaces that were broken before the schema was touched, it is said and does not stand in the way.
 */
function judgePrevious({ previous, missing, broken }: SmokeFacts, rollback: boolean): readonly Finding[] {
  if (missing !== undefined) {
    const say = rollback ? warning : blocker;
    return [say('PREVIOUS_NOT_FOUND', `release ${missing.sha}`, missing.found, 'its revisions, active')];
  }
  if (previous === undefined) {
    return [warning('FIRST_RELEASE', 'ledger', 'no accepted release', 'one to prove a rollback with')];
  }
  return previous.surfaces.flatMap((surface) => {
    if (surface.outcome === 'passed') return [];
    const about = `release ${previous.sha.slice(0, 12)} ${surface.surface}`;
    const failed = surface.assertions.find((assertion) => !assertion.passed);
    const found = failed?.actual ?? lastTry(surface);
    const needed = failed?.expected ?? 'a definite answer';
    if (rollback || broken.includes(surface.surface)) return [warning('SERVING_BROKEN_BEFORE', about, found, needed)];
    if (surface.outcome === 'transient') return [blocker('SMOKE_UNREACHABLE', about, found, needed)];
    return [blocker('SMOKE_PREVIOUS_FAILED', about, found, needed)];
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

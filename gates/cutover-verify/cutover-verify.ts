import type { ClientBase } from 'pg';
import { z } from 'zod';
import { type Candidate, readCandidate } from '../cutover/candidate.ts';
import { type CutoverInputs, cutoverInputs, planDigest } from '../cutover/plan.ts';
import { readAhead } from '../cutover/steps/ahead-journal.ts';
import { withSides } from '../cutover-backfill/with-sides.ts';
import { defineGate, receiptOf } from '../kernel/gate.ts';
import { GateError } from '../kernel/gate-error.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { demandFeed, type Feed } from '../verify/touched/feed.ts';
import type { Verification } from '../verify/verification.ts';
import { noRecords, recordDigestsShape } from './record-digests.ts';
import { provenFeed, type Verified, verifyCandidate } from './verify-candidate.ts';

interface Facts {
  readonly candidate: Candidate | undefined;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Every row of the candidate is proven equal to the source's, and the candidate fit to serve (D4, D5, D6). */
export const cutoverVerify = defineGate<CutoverInputs, Facts, Verified>({
  name: 'cutover-verify',
  rules: 1,
  needs: ['cutover-preflight', 'cutover-schema', 'cutover-backfill'],
  inputs: cutoverInputs,
  evidence: {
    file: 'verification.json',
    body: z.object({
      plan: hash.describe('digest of the plan: with the root, what the reviewer approves'),
      runId: z.string().nullable(),
      folder: z.string().nullable().describe('of run.json, scan.json and leaves.json, relative to the project'),
      ...recordDigestsShape,
      root: hash.nullable().describe('of the whole source, at the position named'),
      modules: z.record(z.string(), hash).describe('module → its root'),
      lsn: z.string().nullable().describe('position of the source to which all of it was compared'),
      rows: z.number().int().nullable(),
      moving: z
        .record(z.string(), z.union([z.number().int(), z.literal('all')]))
        .describe('table → rows that were written meanwhile: they are compared while writes are frozen'),
    }),
  },
  deadlineSeconds: ({ plan }) => plan.verify.minutes * 60 + 300,
  subject: ({ plan }) => plan,
  drift,
  inspect: (world, { plan }) =>
    withSides(plan, {}, world.signal, async ({ target }) => ({ candidate: await readCandidate(target) })),
  judge,
  act: (world, inputs) => verifyCandidate(world, inputs, buildOf(inputs)),
  conclude: ({ verification }) => verification.findings,
  report: ({ plan, release }, _facts, done) => ({
    plan: planDigest(plan, release),
    runId: done?.runId ?? null,
    folder: done?.folder ?? null,
    ...(done?.digests ?? noRecords),
    root: done?.root ?? null,
    modules: modulesOf(done?.verification),
    lsn: done?.verification.source?.lsn ?? null,
    rows: rowsOf(done?.verification) ?? null,
    moving: { ...done?.verification.moving?.rows },
  }),
  data: ({ plan, release }, _facts, done) => ({
    root: done?.root,
    plan: planDigest(plan, release),
    runId: done?.runId,
    feed: done?.feed ?? null,
  }),
  summary: (_inputs, _facts, done) =>
    `${rowsOf(done?.verification)} rows equal; to approve: npm run approve -- ${done?.root}`,
});

/** The build that the schema stage made. */
function buildOf(inputs: CutoverInputs): string {
  return z.string().parse(receiptOf(inputs, 'cutover-schema').data.build);
}

function judge({ candidate }: Facts, inputs: CutoverInputs): readonly Finding[] {
  const build = buildOf(inputs);
  const { id, target } = inputs.plan;
  const ready = candidate?.state === 'building' || candidate?.state === 'verified';
  if (candidate?.build === build && candidate.cutover === id && ready) return [];
  const found = candidate === undefined ? 'no candidate' : `build ${candidate.build}, ${candidate.state}`;
  return [blocker('CANDIDATE_NOT_READY', target.at, found, `build ${build}, not refused and not flipped to`)];
}

/** The proof stands as long as the candidate is that build, and everything that was touched since can be told. */
async function drift(world: World, inputs: CutoverInputs): Promise<string | undefined> {
  const build = buildOf(inputs);
  const ledger = await world.database();
  const opened = await provenFeed(ledger, inputs.plan.id, build);
  const feed = opened && (await readAhead(ledger, inputs.plan, opened)).feed;
  return withSides(inputs.plan, {}, world.signal, async ({ source, target }) => {
    const candidate = await readCandidate(target);
    if (candidate?.build !== build) return 'the target is another build';
    if (candidate.state === 'serving') return undefined;
    if (candidate.state !== 'verified') return `the candidate is marked ${candidate.state}`;
    return feed && whyLost(source, feed);
  });
}

async function whyLost(source: ClientBase, feed: Feed): Promise<string | undefined> {
  try {
    await demandFeed(source, feed);
    return undefined;
  } catch (error) {
    if (error instanceof GateError) return error.findings.map(({ found }) => found).join(', ');
    throw error;
  }
}

function rowsOf(verification: Verification | undefined): number | undefined {
  return verification?.source?.digest?.tables.reduce((all, { rows }) => all + Number(rows), 0);
}

function modulesOf(verification: Verification | undefined): Record<string, string> {
  const modules = Object.entries(verification?.source?.digest?.roots.modules ?? {});
  return Object.fromEntries(modules.map(([name, { root }]) => [name, root]));
}

import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { ClientBase } from 'pg';
import { markCandidate } from '../cutover/candidate.ts';
import { type CutoverInputs, namesOf } from '../cutover/plan.ts';
import { appliedBy } from '../cutover/replication/applied.ts';
import { sideOf } from '../cutover/sides.ts';
import { carrySequences } from '../cutover/steps/carry-sequences.ts';
import { workersByJob } from '../cutover/work/by-job.ts';
import { refuse } from '../cutover-backfill/refuse.ts';
import { type Sides, withSides } from '../cutover-backfill/with-sides.ts';
import { letApprove } from '../kernel/ledger/approval.ts';
import { lastCutoverEvent, recordEvent } from '../kernel/ledger/cutover-event.ts';
import { projectRoot } from '../kernel/project-root.ts';
import { decisive, verdictOf } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { runVerification } from '../verify/run-verification.ts';
import { type Feed, feedSchema, openFeed } from '../verify/touched/feed.ts';
import type { Verification, VerificationRequest } from '../verify/verification.ts';
import { writeRecords } from '../verify/write-records.ts';
import { type RecordDigests, recordDigests } from './record-digests.ts';

/** What a verification of the candidate came to, and where its records are. */
export interface Verified {
  readonly runId: string;
  /** Relative to the project. */
  readonly folder: string;
  readonly digests: RecordDigests;
  readonly verification: Verification;
  /** Of the source. */
  readonly root: string | undefined;
  /** Strategy replicate: from it is read what was touched since. */
  readonly feed: Feed | undefined;
}

const proven = 'verified';

/**
 * Verifies the candidate, and marks it: verified with its root, or, where rows or checks say no, refused, with nothing left
 * that replicates to it. What could not be read leaves everything for the next run.
 */
export async function verifyCandidate(world: World, inputs: CutoverInputs, build: string): Promise<Verified> {
  const { plan, release, artifacts } = inputs;
  const ledger = await world.database();
  return withSides(plan, {}, world.signal, async (sides) => {
    const feed = await feedOf(sides, inputs, world.signal);
    // Replication does not carry them. They are carried again at the flip; until then one may fall behind, which only warns.
    await carrySequences(sides.source, sides.target);
    const request = { ...requestOf(world, inputs, sides, feed), job: await workersByJob(world, inputs) };
    const startedAt = Date.now();
    const verification = await runVerification(request);
    const folder = join(artifacts, release.sha, 'verify', request.runId);
    await writeRecords(resolve(projectRoot, folder), request, verification, { startedAt, finishedAt: Date.now() });
    const digests = await recordDigests(resolve(projectRoot, folder));
    const root = verification.source?.digest?.roots.database;
    const verdict = verdictOf(verification.findings);
    if (verdict === 'failed') {
      await refuse(sides.source, sides.target, plan, build, decisive(verification.findings)?.code ?? verdict);
    } else if (verdict === 'passed') {
      await recordEvent(ledger, plan.id, proven, { build, root, runId: request.runId, feed: feed ?? null });
      await letApprove(ledger, plan.reviewer);
      await markCandidate(sides.target, build, 'verified', root ?? '');
    }
    return { runId: request.runId, folder, digests, verification, root, feed };
  });
}

/** The feed that was opened for the last proof of a build; undefined where there is none. */
export async function provenFeed(ledger: ClientBase, cutover: string, build: string): Promise<Feed | undefined> {
  const last = await lastCutoverEvent(ledger, cutover, proven, { build });
  return feedSchema.nullish().parse(last?.detail.feed) ?? undefined;
}

/** Opened anew for each verification: it tells of what is touched from then on. */
async function feedOf({ source }: Sides, { plan }: CutoverInputs, signal: AbortSignal): Promise<Feed | undefined> {
  if (plan.strategy === 'copy') return undefined;
  const { feed: slot, publication } = namesOf(plan);
  return openFeed(source, { slot, publication }, { signal });
}

function requestOf(
  world: World,
  { plan }: CutoverInputs,
  { source, target }: Sides,
  feed: Feed | undefined,
): VerificationRequest {
  return {
    runId: `${world
      .now()
      .toISOString()
      .replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`,
    settings: { ...plan.verify, warn: [...plan.verify.warn, ...(feed ? ['SEQUENCE_BEHIND'] : [])] },
    invariants: plan.invariants,
    source: sideOf(plan, 'source'),
    target: sideOf(plan, 'target'),
    expected: undefined,
    progress: world.say,
    ...(feed && { moving: { feed, applied: appliedBy(source, target, plan) } }),
  };
}

import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type CutoverInputs, cutoverInputs } from '../cutover/plan.ts';
import { sideOf } from '../cutover/sides.ts';
import { workersByJob } from '../cutover/work/by-job.ts';
import { noRecords, type RecordDigests, recordDigests, recordDigestsShape } from '../cutover-verify/record-digests.ts';
import { defineGate } from '../kernel/gate.ts';
import { gateError } from '../kernel/gate-error.ts';
import { projectRoot } from '../kernel/project-root.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { runVerification } from '../verify/run-verification.ts';
import type { Verification, VerificationRequest } from '../verify/verification.ts';
import { writeRecords } from '../verify/write-records.ts';

interface Facts {
  /** `host:port/database` that the application is pointed to. */
  readonly pointed: string;
  readonly runId: string;
  /** Of the run's records, relative to the project. */
  readonly folder: string;
  readonly digests: RecordDigests;
  readonly verification: Verification;
}

/** After the flip: the application is on the candidate, and the candidate, scanned whole once more, is fit to serve (D10). */
export const cutoverWatch = defineGate<CutoverInputs, Facts>({
  name: 'cutover-watch',
  rules: 1,
  last: true,
  needs: ['cutover-preflight', 'cutover-schema', 'cutover-backfill', 'cutover-verify', 'cutover-gate', 'cutover-flip'],
  inputs: cutoverInputs,
  evidence: {
    file: 'watch.json',
    body: z.object({
      pointed: z.string().nullable().describe('host:port/database'),
      runId: z.string().nullable(),
      folder: z.string().nullable().describe('of run.json and scan.json, relative to the project'),
      ...recordDigestsShape,
      root: z.string().nullable(),
      checks: z.array(z.object({ check: z.string(), findings: z.number().int(), elapsedMs: z.number().int() })),
    }),
  },
  deadlineSeconds: ({ plan }) => plan.verify.minutes * 60 + 60,
  subject: ({ plan }) => plan,
  inspect,
  judge,
  report: (_inputs, facts) => ({
    pointed: facts?.pointed ?? null,
    runId: facts?.runId ?? null,
    folder: facts?.folder ?? null,
    ...(facts?.digests ?? noRecords),
    root: facts?.verification.target?.digest?.roots.database ?? null,
    checks: [...(facts?.verification.checks ?? [])],
  }),
  summary: (_inputs, { pointed, verification }) =>
    `${pointed} serves, ${verification.checks.length} checks passed, root ${verification.target?.digest?.roots.database}`,
});

async function inspect(world: World, inputs: CutoverInputs): Promise<Facts> {
  const { plan, release, artifacts } = inputs;
  const { pointer, address } = await world.platform();
  if (pointer === undefined) {
    throw gateError('POINTER_MISSING', address.kind, 'a platform without a pointer', 'one that has it');
  }
  const { host, port, database } = await pointer.read();
  const request: VerificationRequest = {
    runId: `${world
      .now()
      .toISOString()
      .replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`,
    settings: plan.verify,
    invariants: plan.invariants,
    source: undefined,
    target: sideOf(plan, 'target'),
    expected: undefined,
    progress: world.say,
    job: await workersByJob(world, inputs, { target: plan.target.direct }),
  };
  const startedAt = Date.now();
  const verification = await runVerification(request);
  const folder = join(artifacts, release.sha, 'verify', request.runId);
  await writeRecords(resolve(projectRoot, folder), request, verification, { startedAt, finishedAt: Date.now() });
  const digests = await recordDigests(resolve(projectRoot, folder));
  return { pointed: `${host}:${port}/${database}`, runId: request.runId, folder, digests, verification };
}

function judge({ pointed, verification }: Facts, { plan }: CutoverInputs): readonly Finding[] {
  const elsewhere =
    pointed === plan.target.at
      ? []
      : [blocker('POINTER_ELSEWHERE', 'pointer', pointed, `${plan.target.at}, the candidate`)];
  return [...elsewhere, ...verification.findings];
}

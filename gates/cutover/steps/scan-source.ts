import { verdictOf } from '../../kernel/verdict.ts';
import { runVerification } from '../../verify/run-verification.ts';
import { sideOf } from '../sides.ts';
import { workersByJob } from '../work/by-job.ts';
import type { FlipContext } from './flip-context.ts';

/** What the database that serves again is: its root, and what speaks against it. */
export interface Scanned {
  readonly root: string | null;
  readonly verdict: ReturnType<typeof verdictOf>;
  /** Reason code and what it is about. */
  readonly findings: readonly string[];
}

/** Scans the source on its own, by the checks of the plan. */
export async function scanSource({ plan, job, world }: Pick<FlipContext, 'plan' | 'job' | 'world'>): Promise<Scanned> {
  const { findings, target } = await runVerification({
    runId: `${plan.id} ${world.now().toISOString()}`,
    settings: plan.verify,
    invariants: plan.invariants,
    source: undefined,
    target: sideOf(plan, 'source'),
    expected: undefined,
    // It is looked at alone, which is what a run calls its target.
    progress: (line) => world.say(line.replace(/^target /, 'source ')),
    job: await workersByJob(world, { plan, job }, { target: plan.source.direct }),
  });
  return {
    root: target?.digest?.roots.database ?? null,
    verdict: verdictOf(findings),
    findings: findings.map(({ code, about }) => `${code} ${about}`),
  };
}

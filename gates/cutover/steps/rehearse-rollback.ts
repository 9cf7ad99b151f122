import { findingsOf, GateError, messageOf } from '../../kernel/gate-error.ts';
import { nameError } from '../../kernel/name-error.ts';
import { redact } from '../../kernel/redact.ts';
import { type Finding, verdictOf } from '../../kernel/verdict.ts';
import { databaseId } from '../database-id.ts';
import { shapeDigest } from '../plan.ts';
import type { RehearsalRecord } from '../rehearsal-record.ts';
import { serverMajor } from '../server-version.ts';
import type { FlipContext } from './flip-context.ts';
import { beginFlipRun, readFlipRun } from './flip-journal.ts';
import { openSourceAlone } from './open-source-alone.ts';
import { demandReady } from './ready-to-flip.ts';
import { runFlip } from './run-flip.ts';
import { type Scanned, scanSource } from './scan-source.ts';
import { undoFlip } from './undo-flip.ts';

type Step = RehearsalRecord['steps'][number];

/**
 * Flips and goes back for real, with a target that is never open for writes and goes on following the source; gives the record
 * whatever it came to. `fresh` opens sessions anew for the way back: those of a flip that failed may be broken.
 */
export async function rehearseRollback(
  context: FlipContext,
  fresh: <T>(work: (context: FlipContext) => Promise<T>) => Promise<T>,
): Promise<RehearsalRecord> {
  const { plan, release, world, ledger } = context;
  const startedAt = world.now().toISOString();
  // Before anything is begun: these sessions may be what a rehearsal breaks, and a record that cannot be written is none.
  const pair = await identityOf(context);
  const steps: Step[] = [];
  let findings: readonly Finding[] = [];
  let scan: Scanned | undefined;
  let wayBackSeconds: number | null = null;
  const add = (prefix: string, done: readonly Step[]) => {
    steps.push(...done.map(({ step, ms }) => ({ step: `${prefix}${step}`, ms })));
  };
  try {
    const left = await readFlipRun(ledger, plan);
    if (left?.state === 'undoing' || (left?.state === 'flipping' && left.rehearsal)) {
      await fresh((again) => undoFlip(again, left, 'a rehearsal that was cut off'));
    }
    const run = await beginFlipRun(ledger, plan, { rehearsal: true, from: await demandReady(context) });
    let failure: unknown;
    try {
      add('', (await runFlip(context, run)).steps);
    } catch (error) {
      failure = error;
      world.say(`going back: ${redact(messageOf(error))}`);
    }
    const since = performance.now();
    await fresh(async (again) => {
      const flipping = (await readFlipRun(again.ledger, plan)) ?? run;
      add('back: ', await undoFlip(again, flipping, 'the rehearsal'));
      scan = await scanSource(again);
    }).catch(async (error: unknown) => {
      await openSourceAlone(world, plan, messageOf(error));
      throw error;
    });
    wayBackSeconds = Math.round((performance.now() - since) / 100) / 10;
    if (failure !== undefined) throw failure;
    if (scan?.verdict !== 'passed') world.say(`the source after the way back: ${scan?.findings.join('; ')}`);
  } catch (error) {
    findings = findingsOf(nameError(error, 'rehearsal'), 'rehearsal');
  }
  const ended = findings.length > 0 ? verdictOf(findings) : (scan?.verdict ?? 'inconclusive');
  return {
    version: 1,
    cutover: plan.id,
    shape: shapeDigest(plan, release),
    ...pair,
    root: scan?.root ?? null,
    startedAt,
    finishedAt: world.now().toISOString(),
    steps,
    wayBackSeconds,
    verdict: ended === 'passed' || ended === 'failed' || ended === 'errored' ? ended : 'inconclusive',
    reason: findings.length > 0 ? redact(new GateError(findings).message) : scan?.findings.join('; ') || null,
  };
}

async function identityOf({ source, target }: Pick<FlipContext, 'source' | 'target'>) {
  return {
    sourceId: await databaseId(source),
    targetId: await databaseId(target),
    sourceMajor: await serverMajor(source),
    targetMajor: await serverMajor(target),
  };
}

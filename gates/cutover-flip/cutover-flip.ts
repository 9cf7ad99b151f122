import { z } from 'zod';
import { readCandidate } from '../cutover/candidate.ts';
import { type Plan, planSchema } from '../cutover/plan.ts';
import { openSession, sideOf } from '../cutover/sides.ts';
import { closeBackSlot, stopBack } from '../cutover/steps/back-replication.ts';
import { type FlipRun, readFlipRun } from '../cutover/steps/flip-journal.ts';
import { addressLine, isSameDatabase } from '../cutover/steps/pointed.ts';
import { verifiedReceipt } from '../cutover-verify/verified-receipt.ts';
import { defineGate, type Gate, receiptOf } from '../kernel/gate.ts';
import { type GateError, gateError, messageOf } from '../kernel/gate-error.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { World } from '../kernel/world.ts';
import { actFlip, type PartsOf } from './act.ts';
import { flipSeconds, undoSeconds } from './bounds.ts';
import { type CutoverFlipDone, type CutoverFlipFacts, type CutoverFlipInputs, cutoverFlipInputs } from './facts.ts';
import { flipParts } from './flip-parts.ts';

const step = z.object({ step: z.string(), ms: z.number().int(), detail: z.record(z.string(), z.unknown()) });

/**
 * Stops the writes of the source, shows that the target has everything, and gives the application the target; goes back at
 * once where that cannot be finished. The source stays frozen.
 */
export function cutoverFlipWith(partsOf: PartsOf): Gate {
  return defineGate<CutoverFlipInputs, CutoverFlipFacts, CutoverFlipDone>({
    name: 'cutover-flip',
    rules: 1,
    needs: ['cutover-preflight', 'cutover-schema', 'cutover-backfill', 'cutover-verify', 'cutover-gate'],
    inputs: cutoverFlipInputs,
    evidence: {
      file: 'flip.json',
      body: z.object({
        from: z.string().nullable().describe('host:port/database that the pointer had'),
        to: z.string().nullable(),
        steps: z.array(step).describe('in their order, with milliseconds'),
        frozenMs: z
          .number()
          .int()
          .nullable()
          .describe('from the first refused write until the target took writes, an app serving on it'),
        revisions: z.record(z.string(), z.string()).describe('app → the revision that has the target'),
      }),
    },
    deadlineSeconds: (inputs) => 60 + flipSeconds(inputs) + 2 * undoSeconds(inputs),
    subject: ({ plan }) => plan,
    drift,
    inspect,
    judge,
    act: (world, inputs) => actFlip(world, inputs, partsOf),
    report: (_inputs, _facts, done) => ({
      from: done?.from ?? null,
      to: done?.to ?? null,
      steps: done?.steps ?? [],
      frozenMs: done?.frozenMs ?? null,
      revisions: done?.revisions ?? {},
    }),
    data: (_inputs, _facts, done) => ({ revisions: done?.revisions ?? {}, frozenMs: done?.frozenMs ?? null }),
    summary: (_inputs, _facts, done) =>
      `${done?.to} serves; writes were stopped for ${((done?.frozenMs ?? 0) / 1000).toFixed(1)} s`,
    remove: {
      keep: (inputs) => ({ plan: (inputs as CutoverFlipInputs).plan }),
      run: (world, kept) => removeBack(world, planSchema.parse(kept.plan)),
    },
  });
}

/** The way back goes with its gate; a source that is gone for good must not keep the log of the target that serves. */
async function removeBack(world: World, plan: Plan): Promise<void> {
  const target = await openSession(plan, 'target');
  try {
    const serves = (await readCandidate(target))?.state === 'serving';
    const source = await openSession(plan, 'source').catch((error: unknown) => {
      if (!serves) throw error;
      world.say(`the source cannot be reached: ${messageOf(error)}`);
      return undefined;
    });
    if (source === undefined) return await closeBackSlot(target, plan);
    try {
      const run = await readFlipRun(await world.database(), plan);
      if (run !== undefined && run.state !== 'flipped') throw unfinished(run, plan);
      await stopBack(source, target, plan);
    } finally {
      await source.end();
    }
  } finally {
    await target.end();
  }
}

/** What replicates is what the rest of it needs, and the gate that would finish it must not go. */
function unfinished({ state, rehearsal }: FlipRun, { id }: Plan): GateError {
  if (state === 'returning') return gateError('WAY_BACK_UNFINISHED', id, 'a way back under way', '`npm run way-back`');
  const mend = rehearsal ? '`npm run rehearse-rollback`' : '`npm run cutover`';
  return gateError('FLIP_UNFINISHED', id, 'a flip under way', `one that has ended: ${mend}`);
}

/** Somebody gave the application another database: it is named, and nothing is put over it. */
async function drift(world: World, { plan }: CutoverFlipInputs): Promise<string | undefined> {
  const pointed = await (await world.platform()).pointer?.read();
  const target = sideOf(plan, 'target');
  if (pointed !== undefined && isSameDatabase(pointed, target)) return undefined;
  return `the application has ${pointed === undefined ? 'no pointer' : addressLine(pointed)}, not ${addressLine(target)}`;
}

async function inspect(world: World, { plan }: CutoverFlipInputs): Promise<CutoverFlipFacts> {
  const { pointer } = await world.platform();
  const run = await readFlipRun(await world.database(), plan);
  const target = await openSession(plan, 'target');
  try {
    const candidate = await readCandidate(target);
    const still = run === undefined || run.state === 'flipped';
    const pointed = still ? await pointer?.read() : undefined;
    return { pointer: pointer !== undefined, pointed, run: run?.state, candidate: candidate?.state };
  } finally {
    await target.end();
  }
}

function judge(
  { pointer, pointed, run, candidate }: CutoverFlipFacts,
  { plan, platform }: CutoverFlipInputs,
): readonly Finding[] {
  if (!pointer) {
    return [blocker('POINTER_MISSING', platform.kind, 'a platform without a pointer', 'one that has it')];
  }
  if (run === 'returning') return [blocker('WAY_BACK_UNFINISHED', plan.id, 'a way back under way', 'none')];
  // A run that was cut off finds by its journal where it stopped.
  if (pointed === undefined || (run !== undefined && run !== 'flipped')) return [];
  const there = addressLine(pointed) === plan.target.at;
  if (run === 'flipped') {
    return there ? [] : [blocker('POINTER_MOVED', 'pointer', addressLine(pointed), plan.target.at)];
  }
  if (there) return [blocker('POINTER_MOVED', 'pointer', addressLine(pointed), 'the source, before the flip')];
  if (candidate === 'verified') return [];
  return [blocker('CANDIDATE_NOT_VERIFIED', 'target', candidate ?? 'no candidate', 'one that is verified')];
}

/** The gate with the backfill and the verification of its cutover. */
export const cutoverFlip = cutoverFlipWith((inputs, world) =>
  flipParts(inputs, verifiedReceipt.parse(receiptOf(inputs, 'cutover-verify').data), world),
);

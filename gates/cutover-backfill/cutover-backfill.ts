import { z } from 'zod';
import { readCandidate } from '../cutover/candidate.ts';
import { copyAll } from '../cutover/copy/copy-all.ts';
import { databaseId } from '../cutover/database-id.ts';
import { frozenSince } from '../cutover/freeze/freeze-journal.ts';
import { type CutoverInputs, cutoverInputs, namesOf } from '../cutover/plan.ts';
import { workersByJob } from '../cutover/work/by-job.ts';
import { deferSlow } from '../cutover-schema/deferred.ts';
import { restoreSlow } from '../cutover-schema/restore-deferred.ts';
import { defineGate, type Gate, type GateInputs, receiptOf } from '../kernel/gate.ts';
import { recordEvent } from '../kernel/ledger/cutover-event.ts';
import type { World } from '../kernel/world.ts';
import { byCopy } from './by-copy.ts';
import { byReplication } from './by-replication.ts';
import { backfillDrift } from './drift.ts';
import { type BackfillDone, type BackfillFacts, type BackfillParts, carriedTable, schemaReceipt } from './facts.ts';
import { judgeBackfill } from './judge-backfill.ts';
import { removeReplication } from './remove-replication.ts';
import { withSides } from './with-sides.ts';

/** Bounds of the sessions that carry rows: an index of a large table takes as long as the whole may take. */
const boundsOf = ({ plan: { backfill } }: CutoverInputs) => ({
  source: { statementMs: Math.min(backfill.statementSeconds * 1000, 120_000), lockMs: 5_000 },
  target: { statementMs: backfill.minutes * 60_000, lockMs: 600_000 },
});

/**
 * Carries every row from the source to the candidate, by logical replication, which goes on until the flip, or by a copy of
 * a frozen source.
 */
export function backfillGate(parts: BackfillParts): Gate {
  return defineGate<CutoverInputs, BackfillFacts, BackfillDone>({
    name: 'cutover-backfill',
    rules: 1,
    needs: ['cutover-preflight', 'cutover-schema'],
    inputs: cutoverInputs,
    evidence: {
      file: 'backfill.json',
      body: z.object({
        strategy: z.enum(['replicate', 'copy']),
        begun: z.enum(['new', 'resumed']).nullable(),
        tables: z.array(carriedTable),
        bytes: z.number(),
        bytesPerSecond: z.number().nullable(),
        ms: z.object({ copy: z.number(), restore: z.number(), catchUp: z.number() }).nullable(),
        caughtUp: z.object({ lsn: z.string(), ms: z.number() }).nullable(),
      }),
    },
    deadlineSeconds: ({ plan }) => plan.backfill.minutes * 60,
    subject: ({ plan }) => plan,
    drift: (world, inputs) =>
      withSides(inputs.plan, {}, world.signal, (sides) => backfillDrift(sides, inputs.plan, builtBy(inputs).build)),
    remove: { keep: (inputs) => ({ plan: (inputs as CutoverInputs).plan }), run: removeReplication },
    inspect: (world, inputs) => inspect(world, inputs, parts),
    judge: (facts, inputs) => judgeBackfill(facts, inputs.plan, builtBy(inputs)),
    act: (world, inputs, facts) => act(world, inputs, facts, parts),
    report,
    data: ({ plan }, _facts, done) => ({
      strategy: plan.strategy,
      ...(plan.strategy === 'replicate' && { slot: namesOf(plan).slot, lsn: done?.caughtUp?.lsn }),
    }),
    summary: (_inputs, _facts, done) => {
      const bytes = sizeOf(done);
      const behind = done?.caughtUp === undefined ? '' : `; the target follows, ${done.caughtUp.ms} ms behind`;
      return `${done?.tables.length ?? 0} tables, ${Math.round(bytes / 2 ** 20)} MB carried over${behind}`;
    },
  });
}

function builtBy(inputs: GateInputs): z.infer<typeof schemaReceipt> {
  return schemaReceipt.parse(receiptOf(inputs, 'cutover-schema').data);
}

function inspect(world: World, { plan }: CutoverInputs, parts: BackfillParts): Promise<BackfillFacts> {
  return withSides(plan, {}, world.signal, async ({ source, target }) => ({
    candidate: await readCandidate(target),
    sourceId: await databaseId(source),
    targetId: await databaseId(target),
    frozen: plan.strategy === 'copy' ? await parts.frozenSince(await world.database(), plan) : undefined,
  }));
}

async function act(
  world: World,
  inputs: CutoverInputs,
  { frozen }: BackfillFacts,
  parts: BackfillParts,
): Promise<BackfillDone> {
  const { plan } = inputs;
  const { build } = builtBy(inputs);
  const job = plan.strategy === 'copy' ? await workersByJob(world, inputs) : undefined;
  const backfilling = { plan, build, say: world.say, signal: world.signal };
  await recordEvent(await world.database(), plan.id, 'backfill-begun', {
    ...{ build, strategy: plan.strategy },
    frozen: frozen ?? null,
  });
  const done = await withSides(plan, boundsOf(inputs), world.signal, (sides) =>
    plan.strategy === 'replicate'
      ? byReplication(sides, backfilling, parts)
      : byCopy(sides, { ...backfilling, epoch: frozen ?? '', job }, parts),
  );
  await recordEvent(await world.database(), plan.id, 'backfill-done', { build, lsn: done.caughtUp?.lsn ?? null });
  return done;
}

function report({ plan }: CutoverInputs, _facts: BackfillFacts | undefined, done: BackfillDone | undefined) {
  const bytes = sizeOf(done);
  return {
    strategy: plan.strategy,
    begun: done?.begun ?? null,
    tables: done?.tables ?? [],
    bytes,
    bytesPerSecond:
      done === undefined || done.begun === 'resumed' ? null : Math.round((bytes * 1000) / Math.max(1, done.ms.copy)),
    ms: done?.ms ?? null,
    caughtUp: done?.caughtUp ?? null,
  };
}

function sizeOf(done: BackfillDone | undefined): number {
  return (done?.tables ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The gate with the parts of a cutover that it works with. */
export const cutoverBackfill = backfillGate({ deferSlow, restoreSlow, copyAll, frozenSince });

import { z } from 'zod';
import { planDigest, shapeDigest } from '../cutover/plan.ts';
import { rehearsalRecord } from '../cutover/rehearsal-record.ts';
import { openSession } from '../cutover/sides.ts';
import { readFlipRun, runSteps } from '../cutover/steps/flip-journal.ts';
import { defineGate, receiptOf } from '../kernel/gate.ts';
import { approvalsOf } from '../kernel/ledger/approval.ts';
import { lastCutoverEvent } from '../kernel/ledger/cutover-event.ts';
import type { World } from '../kernel/world.ts';
import { type CutoverGateFacts, type CutoverGateInputs, cutoverGateInputs } from './facts.ts';
import { judge } from './judge.ts';
import { readRehearsal } from './read-rehearsal.ts';

const whoAmI = `select session_user::text as role`;

/** Lets a verified candidate on to the flip: a reviewer approved exactly its root, and the way back was rehearsed (D8, D9). */
export const cutoverGate = defineGate<CutoverGateInputs, CutoverGateFacts>({
  name: 'cutover-gate',
  rules: 1,
  needs: ['cutover-preflight', 'cutover-schema', 'cutover-backfill', 'cutover-verify'],
  inputs: cutoverGateInputs,
  evidence: {
    file: 'cutover-gate.json',
    body: z.object({
      root: z.string().nullable(),
      plan: z.string().describe('digest of the plan'),
      operators: z.array(z.string()),
      approvals: z
        .array(z.object({ root: z.string(), plan: z.string(), byRole: z.string(), at: z.string(), note: z.string() }))
        .describe('newest first'),
      rehearsal: z
        .object({ sha256: z.string(), record: rehearsalRecord })
        .nullable()
        .describe('null where none could be read'),
    }),
  },
  deadlineSeconds: () => 60,
  subject: ({ plan, rehearsal }) => ({ plan, rehearsal }),
  drift,
  inspect,
  judge,
  report: ({ plan, release }, facts) => ({
    root: facts?.root ?? null,
    plan: planDigest(plan, release),
    operators: [...(facts?.operators ?? [])],
    approvals: [...(facts?.approvals ?? [])],
    rehearsal:
      facts?.rehearsal.kind === 'found' ? { sha256: facts.rehearsal.sha256, record: facts.rehearsal.record } : null,
  }),
  data: (_inputs, { root, plan }) => ({ root, plan }),
  summary: ({ plan }, { root, rehearsal }) => {
    const back = rehearsal.kind === 'found' ? rehearsal.record.wayBackSeconds : null;
    return `${root} approved by ${plan.reviewer}, way back rehearsed in ${back} s`;
  },
});

/** A stage may follow days after this one: until a flip has begun on it, what let it through must still hold. */
async function drift(world: World, inputs: CutoverGateInputs): Promise<string | undefined> {
  const run = await readFlipRun(await world.database(), inputs.plan);
  if (run !== undefined && !run.rehearsal) return undefined;
  const [first] = judge(await inspect(world, inputs), inputs);
  return first && `${first.code}: ${first.found}`;
}

async function inspect(world: World, inputs: CutoverGateInputs): Promise<CutoverGateFacts> {
  const { plan, release } = inputs;
  const ledger = await world.database();
  const source = await openSession(plan, 'source');
  try {
    const roles = [];
    for (const client of [source, ledger]) {
      roles.push(...(await client.query<{ role: string }>(whoAmI)).rows.map(({ role }) => role));
    }
    return {
      now: world.now(),
      root: z.string().parse(receiptOf(inputs, 'cutover-verify').data.root),
      plan: planDigest(plan, release),
      shape: shapeDigest(plan, release),
      majors: majorsOf(receiptOf(inputs, 'cutover-preflight').data.versions),
      operators: roles,
      approvals: await approvalsOf(ledger, plan.id, runSteps.backFinished),
      wentBack: (await lastCutoverEvent(ledger, plan.id, runSteps.backFinished)) !== undefined,
      rehearsal: await readRehearsal(ledger, inputs),
      cutOff: (await readFlipRun(ledger, plan))?.rehearsal === true,
    };
  } finally {
    await source.end();
  }
}

/** Of the versions in the receipt of preflight, `18.4` for one. */
function majorsOf(versions: unknown): readonly [number, number] {
  const { source, target } = z.object({ source: z.string(), target: z.string() }).parse(versions);
  return [Number.parseInt(source, 10), Number.parseInt(target, 10)];
}

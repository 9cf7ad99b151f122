import { admission, type Mode } from './admission.ts';
import { type Course, conclude, type Passed } from './conclude.ts';
import { withDeadline } from './deadline.ts';
import type { Gate, GateInputs } from './gate.ts';
import { findingsOf } from './gate-error.ts';
import { leasePromotion, settleLease } from './lease-promotion.ts';
import { beginAttempt, knownReceipts } from './ledger/attempt.ts';
import { currentHold } from './ledger/hold.ts';
import { ensureLedger } from './ledger/schema.ts';
import { lockPromotion } from './lock-promotion.ts';
import { nameError } from './name-error.ts';
import { releaseDigest } from './release.ts';
import { staleReceipts } from './stale-receipts.ts';
import { subjectDigest } from './subject.ts';
import { blocker, type Finding, verdictOf } from './verdict.ts';
import { openWorld, type World } from './world.ts';

/**
 * Runs one attempt of a gate to its verdict: lock, ledger, receipts, lease, inspect, judge, act, conclude, evidence, receipt.
 * Evidence is written whatever the verdict.
 * @throws GateError when the gate does not let the release through.
 */
export async function runAttempt(gate: Gate, inputs: GateInputs): Promise<Passed> {
  const started = new Date();
  const since = performance.now();
  const subject = subjectDigest(gate, inputs);
  const course: Course = { attempt: undefined, facts: undefined, done: undefined };
  const findings = await withDeadline(gate.name, gate.deadlineSeconds(inputs), (signal) =>
    proceed(gate, inputs, subject, signal, course),
  ).catch((error: unknown) => findingsOf(nameError(error, gate.name), gate.name));
  try {
    const passed = await conclude(gate, inputs, subject, { findings, course, started, since });
    await settleLease(gate, inputs, true);
    return passed;
  } catch (error) {
    await settleLease(gate, inputs, false);
    throw error;
  }
}

async function proceed(gate: Gate, inputs: GateInputs, subject: string, signal: AbortSignal, course: Course) {
  const opened = openWorld(gate.name, inputs, { signal, attempt: undefined, pending: true });
  try {
    const release = releaseDigest(inputs.release);
    const { database, platform } = opened.world;
    await lockPromotion(inputs, platform);
    const client = await database();
    await ensureLedger(client);
    await leasePromotion(client, gate.deadlineSeconds(inputs));
    const unknown = await unknownReceipts(gate, inputs, opened.world);
    if (unknown.length > 0) return unknown;
    const stale = await staleReceipts(client, inputs);
    if (stale.length > 0) return stale;
    const { sha } = inputs.release;
    course.attempt = await beginAttempt(client, { gate: gate.name, sha, release, subject, stack: inputs.stack });
    const world: World = { ...opened.world, attempt: course.attempt };
    if (course.attempt.resumed) world.say(`resuming attempt ${course.attempt.id}, which an earlier run left open`);
    const admitted =
      gate.act === undefined ? [] : admission(inputs.change, world.now(), modeOf(inputs), await currentHold(client));
    if (verdictOf(admitted) !== 'passed') return admitted;
    return [...admitted, ...(await judgeAndAct(gate, inputs, world, course))];
  } finally {
    await opened.close();
  }
}

async function judgeAndAct(gate: Gate, inputs: GateInputs, world: World, course: Course): Promise<readonly Finding[]> {
  course.facts = await gate.inspect(world, inputs);
  const findings = gate.judge(course.facts, inputs);
  if (gate.act === undefined || verdictOf(findings) !== 'passed') return findings;
  course.done = await gate.act(world, inputs, course.facts);
  return [...findings, ...(gate.conclude?.(course.done, course.facts, inputs) ?? [])];
}

async function unknownReceipts(gate: Gate, inputs: GateInputs, world: World): Promise<readonly Finding[]> {
  const needed = inputs.receipts.filter((receipt) => gate.needs.includes(receipt.gate));
  const known = await knownReceipts(
    await world.database(),
    needed.map((receipt) => receipt.digest),
  );
  return needed
    .filter((receipt) => !known.has(receipt.digest))
    .map((receipt) =>
      blocker('RECEIPT_UNKNOWN', receipt.gate, 'a receipt that is not in the ledger', 'a passed attempt'),
    );
}

/** Preflight says what kind of promotion this is; gates that act come after it. */
function modeOf(inputs: GateInputs): Mode {
  const mode = inputs.receipts.find((receipt) => receipt.gate === 'preflight')?.data.mode;
  return mode === 'first' || mode === 'rollback' || mode === 'steady' ? mode : 'forward';
}

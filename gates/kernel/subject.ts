import { digestOf } from './digest.ts';
import type { Gate, GateInputs } from './gate.ts';
import { releaseDigest } from './release.ts';

/** Raised when receipts or the way of judging change, so that what an earlier version left in the state is judged anew. */
const kernelRules = 1;

/** Digest of everything that could change a gate's verdict: release, receipts before it, rules, and the gate's own subject. */
export function subjectDigest(gate: Gate, inputs: GateInputs): string {
  return digestOf({
    kernel: kernelRules,
    gate: gate.name,
    rules: gate.rules,
    release: releaseDigest(inputs.release),
    receipts: inputs.receipts.map((receipt) => receipt.digest),
    own: gate.subject(inputs),
  });
}

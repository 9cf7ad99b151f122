import { digestOf } from './digest.ts';
import type { Gate, GateInputs } from './gate.ts';
import { releaseDigest } from './release.ts';

/** Digest of everything that could change a gate's verdict: release, receipts before it, rules, and the gate's own subject. */
export function subjectDigest(gate: Gate, inputs: GateInputs): string {
  return digestOf({
    gate: gate.name,
    rules: gate.rules,
    release: releaseDigest(inputs.release),
    receipts: inputs.receipts.map((receipt) => receipt.digest),
    own: gate.subject(inputs),
  });
}

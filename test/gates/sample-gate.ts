import { relative } from 'node:path';
import { z } from 'zod';
import { defineGate, type Gate, gateInputs } from '../../gates/kernel/gate.ts';
import { beginAttempt, finishAttempt } from '../../gates/kernel/ledger/attempt.ts';
import { ensureLedger } from '../../gates/kernel/ledger/schema.ts';
import { projectRoot } from '../../gates/kernel/project-root.ts';
import type { Receipt } from '../../gates/kernel/receipt.ts';
import type { Release } from '../../gates/kernel/release.ts';
import { blocker, type Finding, warning } from '../../gates/kernel/verdict.ts';
import type { TestDatabase } from './local-environment.ts';
import { receiptFor, sampleInputs } from './sample-release.ts';

const inputs = gateInputs.extend({ answer: z.string(), extra: z.string().optional() });
type Inputs = z.infer<typeof inputs>;

/** What the sample gate finds for an answer; any other answer passes. */
const findings: Readonly<Record<string, readonly Finding[]>> = {
  no: [blocker('SMOKE_ASSERTION_FAILED', 'answer', 'no', 'yes')],
  perhaps: [blocker('EXECUTION_UNKNOWN', 'answer', 'perhaps', 'yes')],
  well: [warning('FIRST_RELEASE', 'answer', 'well', 'yes')],
};

/** A gate in memory: it says what its input `answer` says. */
export function sampleGate(changes: Partial<Gate> = {}): Gate {
  const gate = defineGate<Inputs, string>({
    name: 'sample',
    rules: 1,
    needs: ['preflight'],
    live: true,
    optionalInPreview: ['receipts', 'extra'],
    inputs,
    evidence: { file: 'sample.json', body: z.object({ answer: z.string().nullable() }) },
    deadlineSeconds: () => 30,
    subject: ({ answer }) => answer,
    inspect: async (_world, { answer }) => answer,
    judge: (answer) => findings[answer] ?? [],
    report: (_inputs, answer) => ({ answer: answer ?? null }),
    data: (_inputs, answer) => ({ answer }),
    summary: (_inputs, answer) => `the answer is ${answer}`,
  });
  return { ...gate, ...changes };
}

/** Evidence goes into this folder of the test, which inputs name relative to the project. */
export function artifactsIn(folder: string): string {
  return relative(projectRoot, folder);
}

/** The sample gate's inputs on a database. */
export function sampleGateInputs(on: TestDatabase, receipts: readonly Receipt[], folder: string): Inputs {
  const { platform, database } = on;
  return {
    ...sampleInputs({ platform, database, receipts: [...receipts], artifacts: artifactsIn(folder) }),
    answer: 'yes',
  };
}

/** A receipt with a passed attempt behind it, as a gate before would have left it. */
export async function passedBefore(
  on: TestDatabase,
  release: Release,
  gate: string,
  data: Record<string, unknown> = {},
): Promise<Receipt> {
  const client = await on.session();
  try {
    await ensureLedger(client);
    const of = { gate, sha: release.sha, release: 'any', subject: 's', stack: 'test' };
    const { id } = await beginAttempt(client, of);
    const receipt = receiptFor(release, gate, data, { attempt: id });
    const written = { verdict: 'passed', reasonCode: null, evidence: '{}', evidenceDigest: 'e' } as const;
    await finishAttempt(client, id, { ...written, receiptDigest: receipt.digest });
    return receipt;
  } finally {
    await client.end();
  }
}

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ClientBase } from 'pg';
import { rehearsalFile, rehearsalRecord, rehearsedStep } from '../cutover/rehearsal-record.ts';
import { runSteps } from '../cutover/steps/flip-journal.ts';
import { sha256 } from '../kernel/digest.ts';
import { messageOf } from '../kernel/gate-error.ts';
import { cutoverEvents } from '../kernel/ledger/cutover-event.ts';
import { projectRoot } from '../kernel/project-root.ts';
import type { CutoverGateInputs, FoundRehearsal } from './facts.ts';

type Asked = Pick<CutoverGateInputs, 'rehearsal' | 'artifacts' | 'release' | 'plan'>;

/** Reads a rehearsal's file, and what the ledger of this pair says of it and since. */
export async function readRehearsal(
  ledger: ClientBase,
  { rehearsal, artifacts, release, plan }: Asked,
): Promise<FoundRehearsal> {
  try {
    const text = await readFile(resolve(projectRoot, rehearsal), 'utf8');
    const digest = sha256(text);
    const foreign = rehearsal !== rehearsalFile(artifacts, release.sha);
    const events = await cutoverEvents(ledger, plan.id, [runSteps.begun, rehearsedStep]);
    const begun = events.findLast(({ step, detail }) => step === runSteps.begun && detail.rehearsal === true);
    const records = events.filter(({ step }) => step === rehearsedStep);
    const own = records.findLast(({ detail }) => detail.sha256 === digest);
    // This file is the record of the last one, or, where it is of another pair and of none here, that one has ended well.
    const since = records.filter(({ id }) => begun !== undefined && id > begun.id);
    const answered = since.some((each) => each === own || (foreign && each.detail.verdict === 'passed'));
    return {
      kind: 'found',
      record: rehearsalRecord.parse(JSON.parse(text)),
      sha256: digest,
      foreign,
      onRecord: own !== undefined,
      unanswered: answered ? undefined : begun?.at,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' };
    return { kind: 'unreadable', why: messageOf(error) };
  }
}

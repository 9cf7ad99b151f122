import { join } from 'node:path';
import { refreshReports } from '../reports/write-reports.ts';
import { type Envelope, evidenceText, evidenceVersion, writeEvidence } from './evidence.ts';
import type { Gate, GateInputs } from './gate.ts';
import { GateError, messageOf } from './gate-error.ts';
import { type Attempt, finishAttempt } from './ledger/attempt.ts';
import { progressOf, seconds } from './progress.ts';
import { projectRoot } from './project-root.ts';
import { issueReceipt, type Receipt } from './receipt.ts';
import { releaseDigest } from './release.ts';
import { decisive, type Finding, findingLine, type Verdict, verdictOf } from './verdict.ts';
import { openWorld } from './world.ts';

/** What a passed gate leaves in the state. */
export interface Passed {
  readonly receipt: Receipt;
  readonly subject: string;
  readonly evidence: string;
  readonly summary: string;
}

/** How far an attempt came; filled in while it runs, so that evidence is complete also when it ends early. */
export interface Course {
  attempt: Attempt | undefined;
  facts: unknown;
  done: unknown;
}

/** What an attempt came to, and when it began (wall clock and monotonic). */
export interface Ending {
  readonly findings: readonly Finding[];
  readonly course: Course;
  readonly started: Date;
  readonly since: number;
}

/**
 * Ends an attempt: evidence file, ledger, receipt, progress line.
 * @throws GateError when the verdict is anything but passed.
 */
export async function conclude(gate: Gate, inputs: GateInputs, subject: string, ending: Ending): Promise<Passed> {
  const { findings, course, since } = ending;
  const aborted = findings.some((finding) => finding.code === 'ABORTED');
  const verdict = aborted ? 'aborted' : verdictOf(findings);
  const envelope = envelopeOf(gate, inputs, subject, verdict, ending);
  const { text, digest } = evidenceText(envelope, gate.report(inputs, course.facts, course.done));
  const file = join(inputs.artifacts, inputs.release.sha, gate.evidence.file);
  await writeEvidence(join(projectRoot, file), text);
  await refreshed(gate.name, inputs);
  const receipt = verdict === 'passed' ? receiptFor(gate, inputs, subject, course, digest) : undefined;
  // An aborted attempt stays open: the next run resumes it, and finds what it started.
  if (course.attempt !== undefined && !aborted) {
    const written = { verdict, reasonCode: envelope.reasonCode, evidence: text, evidenceDigest: digest };
    await finish(gate, inputs, course.attempt.id, { ...written, receiptDigest: receipt?.digest ?? null });
  }
  if (receipt === undefined) throw closed(gate.name, verdict, findings, file);
  const summary = gate.summary(inputs, course.facts, course.done);
  const say = progressOf(gate.name);
  for (const finding of findings) say(findingLine(finding));
  say(`passed, ${summary} (${seconds(since)})`);
  return { receipt, subject, evidence: file, summary };
}

/** Leaves evidence of a no that was said before an attempt began, in `<gate>.refused.json`: a dry-run says it so too. */
export async function writeRefusal(gate: Gate, inputs: GateInputs, subject: string, ending: Ending): Promise<void> {
  const envelope = envelopeOf(gate, inputs, subject, verdictOf(ending.findings), ending);
  const { text } = evidenceText(envelope, gate.report(inputs, ending.course.facts, undefined));
  const file = gate.evidence.file.replace(/\.json$/, '.refused.json');
  await writeEvidence(join(projectRoot, inputs.artifacts, inputs.release.sha, file), text);
  await refreshed(gate.name, inputs);
}

/** SARIF, JUnit and the summary say what the evidence says; one that cannot be written changes no verdict. */
async function refreshed(gate: string, { artifacts, release }: GateInputs): Promise<void> {
  try {
    await refreshReports(join(projectRoot, artifacts, release.sha), release.sha);
  } catch (error) {
    progressOf(gate)(`no reports: ${messageOf(error)}; npm run report -- ${release.sha} makes them from the evidence`);
  }
}

function envelopeOf(gate: Gate, inputs: GateInputs, subject: string, verdict: Verdict, ending: Ending): Envelope {
  const { findings, course, started } = ending;
  const reason = decisive(findings);
  const finished = new Date();
  return {
    version: evidenceVersion,
    gate: gate.name,
    sha: inputs.release.sha,
    release: releaseDigest(inputs.release),
    subject,
    attempt: course.attempt?.id ?? null,
    resumed: course.attempt?.resumed ?? false,
    verdict,
    reasonCode: reason?.code ?? null,
    reason: reason === undefined ? null : findingLine(reason),
    findings: [...findings],
    startedAt: started.toISOString(),
    finishedAt: finished.toISOString(),
    elapsedMs: finished.getTime() - started.getTime(),
    owner: inputs.change.owner,
    reviewer: inputs.change.reviewer ?? null,
    previous: (inputs.receipts ?? []).map(({ gate, attempt, evidence }) => ({ gate, attempt, sha256: evidence })),
  };
}

function receiptFor(gate: Gate, inputs: GateInputs, subject: string, course: Course, evidence: string): Receipt {
  if (course.attempt === undefined) throw new TypeError('a gate passed without an attempt in the ledger');
  return issueReceipt({
    gate: gate.name,
    sha: inputs.release.sha,
    release: releaseDigest(inputs.release),
    subject,
    attempt: course.attempt.id,
    after: Object.fromEntries(inputs.receipts.map(({ gate, digest }) => [gate, digest])),
    evidence,
    data: gate.data?.(inputs, course.facts, course.done) ?? {},
  });
}

async function finish(gate: Gate, inputs: GateInputs, id: number, result: Parameters<typeof finishAttempt>[2]) {
  const context = { signal: AbortSignal.timeout(30_000), attempt: undefined, pending: true };
  const opened = openWorld(gate.name, inputs, context);
  try {
    await finishAttempt(await opened.world.database(), id, result);
  } catch (error) {
    if (result.verdict === 'passed') throw error; // a pass that is not in the ledger is none
    opened.world.say(`the ledger did not take the verdict; the next run resumes attempt ${id}`);
  } finally {
    await opened.close();
  }
}

function closed(gate: string, verdict: Verdict, findings: readonly Finding[], file: string): GateError {
  const error = new GateError(findings);
  error.message = `${gate} is closed: ${verdict}. Nothing after it has changed.\n${error.message}\nEvidence: ${file}`;
  return error;
}

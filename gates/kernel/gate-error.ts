import type { ReasonCode } from './reason-codes.ts';
import { redact } from './redact.ts';
import { blocker, type Finding, findingLine, verdictOf } from './verdict.ts';

/** A gate that does not let a release through: carries the findings, prints without a stack. */
export class GateError extends Error {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[], cause?: unknown) {
    super(findings.map((finding) => redact(findingLine(finding))).join('\n'), { cause });
    this.name = 'GateError';
    this.findings = findings;
  }

  get verdict() {
    return verdictOf(this.findings);
  }
}

/** The error of a single blocking finding. */
export function gateError(code: ReasonCode, about: string, found: string, needed: string, cause?: unknown): GateError {
  return new GateError([blocker(code, about, found, needed)], cause);
}

/** Any error as findings: what has a name keeps it, everything else is `UNEXPECTED` and blocks. */
export function findingsOf(error: unknown, about: string): readonly Finding[] {
  if (error instanceof GateError) return error.findings;
  return [blocker('UNEXPECTED', about, redact(messageOf(error)), 'a gate that comes to a verdict')];
}

/** The message of anything that was thrown, with the messages of its causes. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(messageOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : ` (${messageOf(error.cause)})`;
  return `${error.message || error.name}${cause}`;
}

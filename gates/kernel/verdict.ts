import { type Outcome, type ReasonCode, reasonCodes } from './reason-codes.ts';

/** What a gate says of a release. Everything but `passed` blocks what comes after it. */
export type Verdict = 'passed' | Outcome | 'skipped' | 'aborted';

/** One thing a gate found. A BLOCKER closes the gate; a WARNING is reported and lets the release through. */
export interface Finding {
  readonly code: ReasonCode;
  readonly severity: 'BLOCKER' | 'WARNING';
  /** What it is about: a file, a surface, a revision. */
  readonly about: string;
  readonly found: string;
  readonly needed: string;
  /** What to do now. */
  readonly recovery: string;
}

/** A finding that closes the gate; the recovery comes from the catalogue unless the case knows better. */
export function blocker(code: ReasonCode, about: string, found: string, needed: string, recovery?: string): Finding {
  return {
    code,
    severity: 'BLOCKER',
    about,
    found,
    needed,
    recovery: recovery ?? reasonCodes[code].recovery,
  };
}

/** A finding that is reported and lets the release through. */
export function warning(code: ReasonCode, about: string, found: string, needed: string, recovery?: string): Finding {
  return { ...blocker(code, about, found, needed, recovery), severity: 'WARNING' };
}

/**
 * The verdict that follows from findings. A definite no outranks "could not look", which outranks "could not tell";
 * none of them is ever coerced into a pass.
 */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const outcomes = new Set(findings.filter((f) => f.severity === 'BLOCKER').map((f) => reasonCodes[f.code].outcome));
  for (const outcome of ['failed', 'errored', 'inconclusive'] as const) if (outcomes.has(outcome)) return outcome;
  return 'passed';
}

/** The finding that a person should read first: the first one that decided the verdict. */
export function decisive(findings: readonly Finding[]): Finding | undefined {
  const verdict = verdictOf(findings);
  return findings.find((f) => f.severity === 'BLOCKER' && reasonCodes[f.code].outcome === verdict);
}

/** A finding as a person reads it in a terminal. */
export function findingLine(finding: Finding): string {
  const { severity, code, about, found, needed, recovery } = finding;
  return `${severity} ${code} ${about}: found ${found}; needed ${needed}. Do: ${recovery}`;
}

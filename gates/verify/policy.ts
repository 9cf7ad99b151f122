import type { ReasonCode } from '../kernel/reason-codes.ts';
import type { Finding } from '../kernel/verdict.ts';

/** Which findings only warn: reason codes, or `CODE about` for one thing. What is not listed blocks. */
export type VerifyPolicy = readonly string[];

/** What a policy may let through. Content that differs, and whatever could not be read, always blocks. */
export const mayWarn: readonly ReasonCode[] = [
  'COUNTS_DIFFER',
  'FOREIGN_KEY_BROKEN',
  'INVARIANT_BROKEN',
  'SEQUENCE_BEHIND',
  'INDEX_UNFINISHED',
  'CONSTRAINT_UNVALIDATED',
  'PERSONAL_DATA_FOUND',
];

/** Findings with the severity that the policy gives them. */
export function applyPolicy(findings: readonly Finding[], policy: VerifyPolicy): readonly Finding[] {
  return findings.map((finding) => {
    const { code, about } = finding;
    const warns = mayWarn.includes(code) && (policy.includes(code) || policy.includes(`${code} ${about}`));
    return warns ? { ...finding, severity: 'WARNING' } : finding;
  });
}

import { z } from 'zod';
import { sha256 } from '../kernel/digest.ts';
import { ownRules, weighable } from './catalogue.ts';
import type { LintCode, Severity, Weight } from './rule.ts';
import { squawkRules } from './squawk-rules.ts';

/** A person's yes to one destructive statement of one file as it is. */
const approvalSchema = z.strictObject({
  finding: z.string().regex(/^[0-9a-f]{16}$/, 'the 16 hex digits that the finding is reported with'),
  owner: z.string().min(1).describe('the role that answers for it'),
  reason: z.string().min(1),
  expires: z.iso.date().describe('last day on which it counts'),
});

export type Approval = z.infer<typeof approvalSchema>;

/** `sallyport:lint`: the weight of rules, and approvals of what destroys data. */
export const lintSchema = z.strictObject({
  policy: z
    .partialRecord(z.enum(weighable as [string, ...string[]]), z.enum(['BLOCKER', 'WARNING', 'OFF']))
    .default({})
    .describe('rule → its weight, where it is not the usual one'),
  approvals: z.array(approvalSchema).default([]).describe('destructive statements that may run'),
});

export type LintPolicy = z.infer<typeof lintSchema>;

/** What is known of a rule, wherever it comes from. */
export interface RuleFacts {
  readonly id: string;
  readonly code: LintCode;
  readonly weight: Weight;
  readonly approval: boolean;
  readonly why: string;
  readonly safe: string;
}

/** A rule as policy weighs it. @throws RangeError for an id that no catalogue has. */
export function ruleFacts(id: string, policy: LintPolicy['policy']): RuleFacts {
  const own = ownRules.get(id);
  if (own !== undefined) {
    const approval = 'approval' in own && own.approval === true;
    const weight = approval ? 'BLOCKER' : (policy[id] ?? own.severity);
    return { id, code: own.code, weight, approval, why: own.why, safe: own.safe };
  }
  const squawk = squawkRules[id];
  if (squawk === undefined) throw new RangeError(`no rule "${id}"`);
  const { code, weight, why, safe } = squawk;
  return { id, code, weight: policy[id] ?? weight, approval: false, why, safe };
}

/** The weight of each of squawk's rules under a policy. */
export function squawkWeights(policy: LintPolicy['policy']): ReadonlyMap<string, Weight> {
  return new Map(Object.entries(squawkRules).map(([id, rule]) => [id, policy[id] ?? rule.weight]));
}

/** Binds a rule, a file as it is, and a statement: what is approved is this, and nothing like it. */
export function findingHash(rule: string, file: string, content: string, statement: string): string {
  return sha256([rule, file, content, statement].join('\n')).slice(0, 16);
}

/** What an approval makes of a destructive finding on a day. */
export type Approved =
  | { readonly kind: 'approved'; readonly approval: Approval }
  | { readonly kind: 'expired'; readonly approval: Approval }
  | { readonly kind: 'none' };

export function approvalOf(hash: string, approvals: readonly Approval[], today: string): Approved {
  const given = approvals.filter((approval) => approval.finding === hash);
  const valid = given.find((approval) => approval.expires >= today);
  if (valid !== undefined) return { kind: 'approved', approval: valid };
  const [expired] = given;
  return expired === undefined ? { kind: 'none' } : { kind: 'expired', approval: expired };
}

/** A finding on a migration, as reports have it. */
export interface LintFinding {
  readonly rule: string;
  readonly code: LintCode;
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly statement: string;
  readonly message: string;
  readonly safe: string;
  readonly hash: string;
  readonly table: string | null;
  readonly approvedBy: string | null;
}

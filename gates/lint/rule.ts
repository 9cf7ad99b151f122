import type { ReasonCode } from '../kernel/reason-codes.ts';
import type { Statement } from './statement.ts';
import type { NodeKind } from './tree.ts';

/** How much a rule's finding weighs; OFF is for policy only. */
export type Severity = 'BLOCKER' | 'WARNING';
export type Weight = Severity | 'OFF';

/** The family of a hazard: each has one reason code. */
export type LintCode = Extract<ReasonCode, `LINT_${string}`>;

/** What a rule sees of a migration. */
export interface Unit {
  readonly statements: readonly Statement[];
  readonly transactional: boolean;
}

/** One place where a rule applies. */
export interface Hit {
  /** The table that is hurt; no hazard when an earlier pending migration made it. */
  readonly table?: string;
  /** The column whose type changes, and what to: no hazard where the catalog shows that it only gets wider. */
  readonly column?: string;
  readonly to?: string;
  /** What exactly, when the rule's own sentence does not say it. */
  readonly note?: string;
}

/** What is said of every rule; alone, it is found by other means than a statement's tree. */
export interface RuleText {
  readonly id: string;
  readonly code: LintCode;
  /** Unless policy says otherwise. */
  readonly severity: Severity;
  /** What happens, in one sentence. */
  readonly why: string;
  /** How to write it instead. */
  readonly safe: string;
}

/** A hazard that is seen in PostgreSQL's parse tree. One a file; `check` is pure. */
export interface Rule extends RuleText {
  /** Destroys data: only an approval in the configuration lets it through, whatever the policy. */
  readonly approval?: true;
  /** The lock it claims on the table, as pg_locks names it; proven in the rule's test. */
  readonly lock?: string;
  /** Whether it claims that the table's storage is written anew; proven in the rule's test. */
  readonly rewrites?: true;
  /** The kinds of statement that it looks at; every kind when absent. */
  readonly on?: readonly NodeKind[];
  check(statement: Statement, unit: Unit, at: number): readonly Hit[];
}

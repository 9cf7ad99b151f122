import type { Finding } from '../kernel/verdict.ts';
import { blocker, warning } from '../kernel/verdict.ts';
import type { Analysis, RawFinding } from './analyse.ts';
import { type Catalog, type Exempted, inContext } from './context.ts';
import { approvalOf, findingHash, type LintFinding, type LintPolicy, ruleFacts } from './policy.ts';
import type { SourceSection } from './sections.ts';

/** Pending migrations and what is known of them, ready to be judged. */
export interface LintFacts {
  readonly sections: readonly SourceSection[];
  /** One for each section. */
  readonly analyses: readonly Analysis[];
  /** Absent when the database is not known yet. */
  readonly catalog: Catalog | undefined;
  /** The day on which approvals are looked at, ISO. */
  readonly today: string;
}

/** What the rules say under a policy. */
export interface Judged {
  readonly findings: readonly LintFinding[];
  readonly exempted: readonly Exempted[];
  /** Migrations that no rule has seen, and why. */
  readonly notEvaluated: readonly { readonly file: string; readonly reason: string }[];
}

/** Weighs what was found by policy and approvals. Pure. */
export function judgeMigrations(facts: LintFacts, { policy, approvals }: LintPolicy): Judged {
  const { sections, analyses, catalog, today } = facts;
  const context = inContext(analyses, catalog);
  const findings = sections.flatMap((section, at) => {
    const weigh = (raw: RawFinding) => weighed(section, raw, { policy, approvals }, today);
    return [...problemsOf(section, analyses[at]), ...(context.findings[at] ?? [])].flatMap(weigh);
  });
  const notEvaluated = sections.flatMap(({ file, evaluated, reason }) =>
    evaluated ? [] : [{ file, reason: reason ?? 'its SQL is not known' }],
  );
  return { findings, exempted: context.exempted, notEvaluated };
}

/** A text that is no SQL, or is not known, as findings of its own. */
function problemsOf(section: SourceSection, analysis: Analysis | undefined): readonly RawFinding[] {
  const { evaluated, reason } = section;
  const problem = analysis?.problem;
  const about = { at: 0, statement: '', digest: '' };
  if (!evaluated) return [{ ...about, rule: 'not-evaluated', line: 1, note: reason ?? 'its SQL is not known' }];
  return problem === undefined ? [] : [{ ...about, rule: 'unparsable', line: problem.line, note: problem.message }];
}

function weighed(section: SourceSection, raw: RawFinding, lint: LintPolicy, today: string): readonly LintFinding[] {
  const { file, found } = section;
  const { rule: id, line, statement } = raw;
  const rule = ruleFacts(id, lint.policy);
  if (rule.weight === 'OFF') return [];
  const hash = findingHash(id, file, found, raw.digest);
  const message = [rule.why, raw.note].filter(Boolean).join(' ');
  const base = { rule: id, code: rule.code, file, line, statement, safe: rule.safe, hash, table: raw.table ?? null };
  if (!rule.approval) return [{ ...base, message, severity: rule.weight, approvedBy: null }];
  const approved = approvalOf(hash, lint.approvals, today);
  switch (approved.kind) {
    case 'approved': {
      const { owner, reason, expires } = approved.approval;
      const said = `${message} Approved by ${owner} until ${expires}: ${reason}`;
      return [{ ...base, message: said, severity: 'WARNING', approvedBy: owner }];
    }
    case 'expired': {
      const said = `${message} The approval by ${approved.approval.owner} ended on ${approved.approval.expires}.`;
      return [{ ...base, message: said, severity: 'BLOCKER', approvedBy: null }];
    }
    case 'none':
      return [{ ...base, message, severity: 'BLOCKER', approvedBy: null }];
    default:
      return approved satisfies never;
  }
}

/** A lint finding as every gate reports findings. */
export function asFinding(lint: LintFinding): Finding {
  const { code, severity, file, line, rule, message, statement, safe, hash } = lint;
  const about = `${file}:${line} ${rule}`;
  const found = statement === '' ? message : `${message} In: ${statement}`;
  const make = severity === 'BLOCKER' ? blocker : warning;
  const recovery =
    code === 'LINT_DESTRUCTIVE' && severity === 'BLOCKER'
      ? `keep the data, or add to sallyport:lint.approvals {finding: "${hash}", owner: <role>, reason: <why>, expires: <date>}`
      : undefined;
  return make(code, about, found, safe, recovery);
}

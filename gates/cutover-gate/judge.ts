import { timeOf } from '../cutover/steps/flip-journal.ts';
import { blocker, type Finding } from '../kernel/verdict.ts';
import type { CutoverGateFacts, CutoverGateInputs, FoundRehearsal } from './facts.ts';

const hour = 3_600_000;

/** The flip is allowed by two things: another's approval of exactly this, and a fresh proof that the way back works. */
export function judge(facts: CutoverGateFacts, { plan, rehearsal }: CutoverGateInputs): readonly Finding[] {
  const closed = [...approved(facts, plan.reviewer), ...rehearsed(facts, plan, rehearsal)];
  // Where the gate is open the flip goes back from it first; where it is closed nothing would.
  return closed.length > 0 && facts.cutOff ? [...closed, unfinished(plan.id)] : closed;
}

function unfinished(id: string): Finding {
  const found = 'a rehearsal that was cut off: writes may be refused';
  return blocker('FLIP_UNFINISHED', id, found, '`npm run rehearse-rollback`, which goes back from it first');
}

/** By the reviewer, who carries nothing out, of this digest under this plan. */
function approvalsFor({ approvals, plan, operators }: CutoverGateFacts, digest: string, reviewer: string) {
  return approvals.filter(
    (approval) =>
      approval.root === digest &&
      approval.plan === plan &&
      approval.byRole === reviewer &&
      !operators.includes(approval.byRole),
  );
}

function approved(facts: CutoverGateFacts, reviewer: string): readonly Finding[] {
  const { approvals, wentBack, root, plan, operators } = facts;
  const needed = `an approval of ${root} by ${reviewer}`;
  if (approvalsFor(facts, root, reviewer).length > 0) return [];
  const exact = approvals.filter((approval) => approval.root === root && approval.plan === plan);
  const [own] = exact;
  if (own !== undefined) {
    const operator = operators.includes(own.byRole) ? ', which carries it out' : '';
    return [blocker('APPROVAL_BY_OPERATOR', root, `an approval by ${own.byRole}${operator}`, needed)];
  }
  const [other] = approvals;
  if (other === undefined) {
    return [blocker('APPROVAL_MISSING', root, wentBack ? 'no approval since the way back' : 'no approval', needed)];
  }
  const found =
    other.root === root
      ? `an approval of this root under another plan, by ${other.byRole} on ${other.at}`
      : `an approval of ${other.root} by ${other.byRole} on ${other.at}`;
  return [blocker('APPROVAL_OF_OTHER', root, found, needed)];
}

function rehearsed(facts: CutoverGateFacts, plan: CutoverGateInputs['plan'], file: string): readonly Finding[] {
  const { rehearsal, shape, now } = facts;
  const { hours, minutes } = plan.rehearsal;
  const needed = `a rehearsal of this plan within ${hours} h, whose way back took ${minutes} min at the most`;
  switch (rehearsal.kind) {
    case 'missing':
      return [blocker('WAY_BACK_NOT_REHEARSED', file, 'no such file', needed)];
    case 'unreadable':
      return [blocker('WAY_BACK_UNREADABLE', file, rehearsal.why, needed)];
    case 'found': {
      const { record } = rehearsal;
      if (record.verdict !== 'passed' || record.wayBackSeconds === null) {
        return [blocker('WAY_BACK_FAILED', file, `${record.verdict}: ${record.reason ?? 'no way back'}`, needed)];
      }
      if (!rehearsal.foreign && !rehearsal.onRecord) {
        return [blocker('WAY_BACK_UNREADABLE', file, 'a file that the ledger does not know', needed)];
      }
      if (!rehearsal.foreign && rehearsal.unanswered !== undefined) {
        const found = `the record of an earlier rehearsal than the last one, which was begun on ${rehearsal.unanswered}`;
        return [blocker('WAY_BACK_FAILED', file, found, 'the record of the last one')];
      }
      if (record.shape !== shape) return [blocker('WAY_BACK_OF_OTHER', file, 'a rehearsal of another plan', needed)];
      const [source, target] = facts.majors;
      if (record.sourceMajor !== source || record.targetMajor !== target) {
        const found = `a rehearsal from PostgreSQL ${record.sourceMajor ?? 'unnamed'} to ${record.targetMajor ?? 'unnamed'}`;
        return [blocker('WAY_BACK_OF_OTHER', file, found, `one from ${source} to ${target}`)];
      }
      const age = now.getTime() - Date.parse(record.finishedAt);
      const old = age < 0 || age > hours * hour;
      const slow = record.wayBackSeconds > minutes * 60;
      return [
        ...(old ? [blocker('WAY_BACK_EXPIRED', file, `one that ended at ${record.finishedAt}`, needed)] : []),
        ...(slow ? [blocker('WAY_BACK_SLOW', file, `a way back of ${record.wayBackSeconds} s`, needed)] : []),
        ...(rehearsal.foreign ? vouchedFor(facts, rehearsal, plan.reviewer, file) : []),
      ];
    }
    default:
      return rehearsal satisfies never;
  }
}

/**
 * No ledger here knows a file of another pair; so it is this very file that the reviewer approved, or it proves nothing. Nor does
 * an approval from before a rehearsal here that did not end well: who gave it did not know.
 */
function vouchedFor(
  facts: CutoverGateFacts,
  { sha256, unanswered }: Extract<FoundRehearsal, { kind: 'found' }>,
  reviewer: string,
  file: string,
): readonly Finding[] {
  const approvals = approvalsFor(facts, sha256, reviewer);
  if (approvals.length === 0) {
    const found = `a rehearsal of another stack, file ${sha256}, which is not approved`;
    return [blocker('WAY_BACK_NOT_APPROVED', file, found, `an approval of ${sha256} by ${reviewer}`)];
  }
  if (unanswered === undefined || approvals.some(({ at }) => timeOf({ at }) > timeOf({ at: unanswered }))) return [];
  const found = `a rehearsal of this stack that was begun on ${unanswered}, after file ${sha256} was approved, and did not end well`;
  return [blocker('WAY_BACK_FAILED', file, found, `one that does, or an approval of ${sha256} by ${reviewer} since`)];
}

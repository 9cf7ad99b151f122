import { blocker, type Finding } from '../kernel/verdict.ts';
import type { CutoverGateFacts, CutoverGateInputs } from './facts.ts';

const hour = 3_600_000;

/** The flip is allowed by two things: another's approval of exactly this, and a fresh proof that the way back works. */
export function judge(facts: CutoverGateFacts, { plan, rehearsal }: CutoverGateInputs): readonly Finding[] {
  return [...approved(facts, plan.reviewer), ...rehearsed(facts, plan.rehearsal, rehearsal)];
}

function approved({ approvals, root, plan, operators }: CutoverGateFacts, reviewer: string): readonly Finding[] {
  const needed = `an approval of ${root} by ${reviewer}`;
  const exact = approvals.filter((approval) => approval.root === root && approval.plan === plan);
  const valid = exact.some(({ byRole }) => byRole === reviewer && !operators.includes(byRole));
  if (valid) return [];
  const [own] = exact;
  if (own !== undefined) {
    const operator = operators.includes(own.byRole) ? ', which carries it out' : '';
    return [blocker('APPROVAL_BY_OPERATOR', root, `an approval by ${own.byRole}${operator}`, needed)];
  }
  const [other] = approvals;
  if (other === undefined) return [blocker('APPROVAL_MISSING', root, 'no approval', needed)];
  const found =
    other.root === root
      ? `an approval of this root under another plan, by ${other.byRole} on ${other.at}`
      : `an approval of ${other.root} by ${other.byRole} on ${other.at}`;
  return [blocker('APPROVAL_OF_OTHER', root, found, needed)];
}

function rehearsed(
  { rehearsal, shape, now }: CutoverGateFacts,
  { hours, minutes }: CutoverGateInputs['plan']['rehearsal'],
  file: string,
): readonly Finding[] {
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
      if (record.shape !== shape) return [blocker('WAY_BACK_OF_OTHER', file, 'a rehearsal of another plan', needed)];
      const age = now.getTime() - Date.parse(record.finishedAt);
      const old = age < 0 || age > hours * hour;
      const slow = record.wayBackSeconds > minutes * 60;
      return [
        ...(old ? [blocker('WAY_BACK_EXPIRED', file, `one that ended at ${record.finishedAt}`, needed)] : []),
        ...(slow ? [blocker('WAY_BACK_SLOW', file, `a way back of ${record.wayBackSeconds} s`, needed)] : []),
      ];
    }
    default:
      return rehearsal satisfies never;
  }
}

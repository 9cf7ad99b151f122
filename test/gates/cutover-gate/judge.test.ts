import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RehearsalRecord } from '../../../gates/cutover/rehearsal-record.ts';
import type { CutoverGateFacts } from '../../../gates/cutover-gate/facts.ts';
import { judge } from '../../../gates/cutover-gate/judge.ts';
import { verdictOf } from '../../../gates/kernel/verdict.ts';
import { samplePlan } from '../cutover/sample-plan.ts';

const [root, other, plan, shape] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string,
];
const now = new Date('2025-03-10T12:00:00Z');
const approval = { root, plan, note: '', byRole: 'reviewer', at: '2025-03-10 11:00:00+00' };
const record: RehearsalRecord = {
  version: 1,
  cutover: 'move',
  shape,
  sourceId: '1/5',
  targetId: '2/5',
  sourceMajor: 17,
  targetMajor: 18,
  root,
  startedAt: '2025-03-09T12:00:00.000Z',
  finishedAt: '2025-03-09T12:10:00.000Z',
  steps: [{ step: 'freeze', ms: 100 }],
  wayBackSeconds: 12.5,
  verdict: 'passed',
  reason: null,
};
const good: CutoverGateFacts = {
  now,
  root,
  plan,
  shape,
  majors: [17, 18],
  operators: ['postgres', 'gates'],
  approvals: [approval],
  wentBack: false,
  rehearsal: { kind: 'found', record, sha256: 'e'.repeat(64), foreign: false, onRecord: true, unanswered: undefined },
  cutOff: false,
};
const inputs = { plan: samplePlan(), rehearsal: 'rehearsal.json' } as Parameters<typeof judge>[1];
const rehearsal = (change: Partial<RehearsalRecord>): Partial<CutoverGateFacts> => ({
  rehearsal: {
    kind: 'found',
    record: { ...record, ...change },
    sha256: 'e'.repeat(64),
    foreign: false,
    onRecord: true,
    unanswered: undefined,
  },
});
/** Begun after what is on record, and cut off. */
const begunSince = '2025-03-10 11:30:00.123456+00';
/** Of a staging pair, and what lets it count. */
const staging = {
  kind: 'found',
  record,
  sha256: 'f'.repeat(64),
  foreign: true,
  onRecord: false,
  unanswered: undefined,
} as const;
const vouched = { ...approval, root: staging.sha256 };

const refused: readonly (readonly [title: string, change: Partial<CutoverGateFacts>, code: string, verdict: string])[] =
  [
    ['nobody approved', { approvals: [] }, 'APPROVAL_MISSING', 'inconclusive'],
    ['nobody did since the way back', { approvals: [], wentBack: true }, 'APPROVAL_MISSING', 'inconclusive'],
    ['another root was approved', { approvals: [{ ...approval, root: other }] }, 'APPROVAL_OF_OTHER', 'failed'],
    ['the plan changed after the approval', { plan: other }, 'APPROVAL_OF_OTHER', 'failed'],
    ['the operator approved', { operators: ['reviewer'] }, 'APPROVAL_BY_OPERATOR', 'failed'],
    ['somebody else approved', { approvals: [{ ...approval, byRole: 'app' }] }, 'APPROVAL_BY_OPERATOR', 'failed'],
    ['the way back was not rehearsed', { rehearsal: { kind: 'missing' } }, 'WAY_BACK_NOT_REHEARSED', 'failed'],
    [
      'the evidence is no JSON',
      { rehearsal: { kind: 'unreadable', why: 'Unexpected token' } },
      'WAY_BACK_UNREADABLE',
      'inconclusive',
    ],
    [
      'the ledger does not know the evidence',
      { rehearsal: { ...staging, foreign: false } },
      'WAY_BACK_UNREADABLE',
      'inconclusive',
    ],
    ['the rehearsal failed', rehearsal({ verdict: 'failed', reason: 'WORKER_UNHEALTHY' }), 'WAY_BACK_FAILED', 'failed'],
    [
      'another rehearsal was begun since, and left no record',
      { rehearsal: { ...staging, foreign: false, onRecord: true, unanswered: begunSince } },
      'WAY_BACK_FAILED',
      'failed',
    ],
    [
      'a rehearsal of this pair did not end well since the file of a staging pair was approved',
      { rehearsal: { ...staging, unanswered: begunSince }, approvals: [approval, vouched] },
      'WAY_BACK_FAILED',
      'failed',
    ],
    ['the rehearsal did not come back', rehearsal({ wayBackSeconds: null }), 'WAY_BACK_FAILED', 'failed'],
    ['the rehearsal is of another plan', rehearsal({ shape: other }), 'WAY_BACK_OF_OTHER', 'failed'],
    ['the rehearsal was from another version', rehearsal({ sourceMajor: 16 }), 'WAY_BACK_OF_OTHER', 'failed'],
    ['the rehearsal names no version', rehearsal({ sourceMajor: undefined }), 'WAY_BACK_OF_OTHER', 'failed'],
    ['the rehearsal was to another version', rehearsal({ targetMajor: 17 }), 'WAY_BACK_OF_OTHER', 'failed'],
    ['nobody approved the file of a staging pair', { rehearsal: staging }, 'WAY_BACK_NOT_APPROVED', 'inconclusive'],
    [
      'that file was changed after it was approved',
      { rehearsal: staging, approvals: [approval, { ...vouched, root: other }] },
      'WAY_BACK_NOT_APPROVED',
      'inconclusive',
    ],
    [
      'that file was approved under another plan',
      { rehearsal: staging, approvals: [approval, { ...vouched, plan: other }] },
      'WAY_BACK_NOT_APPROVED',
      'inconclusive',
    ],
    [
      'somebody else approved that file',
      { rehearsal: staging, approvals: [approval, { ...vouched, byRole: 'postgres' }] },
      'WAY_BACK_NOT_APPROVED',
      'inconclusive',
    ],
    ['only that file was approved', { rehearsal: staging, approvals: [vouched] }, 'APPROVAL_OF_OTHER', 'failed'],
    ['the rehearsal is too old', rehearsal({ finishedAt: '2025-03-07T11:59:59.000Z' }), 'WAY_BACK_EXPIRED', 'failed'],
    [
      'the rehearsal is from tomorrow',
      rehearsal({ finishedAt: '2025-03-11T12:00:00.000Z' }),
      'WAY_BACK_EXPIRED',
      'failed',
    ],
    ['the way back took too long', rehearsal({ wayBackSeconds: 901 }), 'WAY_BACK_SLOW', 'failed'],
  ];

describe('what allows the flip of a cutover', () => {
  it('is an approval of exactly this by another, and a fresh rehearsal of the way back', () => {
    assert.deepEqual(judge(good, inputs), []);
  });

  it('may have been rehearsed on a staging pair, whose ledger is another one, if exactly that file was approved too', () => {
    assert.deepEqual(judge({ ...good, rehearsal: staging, approvals: [vouched, approval] }, inputs), []);
    const since = { ...vouched, at: '2025-03-10 11:31:00+00' };
    const rehearsal = { ...staging, unanswered: begunSince };
    assert.deepEqual(judge({ ...good, rehearsal, approvals: [since, vouched, approval] }, inputs), []);
  });

  it('holds at the bounds, and with older approvals of others beside the one that counts', () => {
    const approvals = [{ ...approval, root: other }, { ...approval, byRole: 'postgres' }, approval];
    const atTheBound = rehearsal({ finishedAt: '2025-03-07T12:00:00.000Z', wayBackSeconds: 900 });
    assert.deepEqual(judge({ ...good, approvals, ...atTheBound }, inputs), []);
  });

  for (const [title, change, code, verdict] of refused) {
    it(`is not given where ${title}`, () => {
      const findings = judge({ ...good, ...change }, inputs);
      assert.deepEqual(
        findings.map((finding) => finding.code),
        [code],
      );
      assert.equal(verdictOf(findings), verdict);
    });
  }

  it('is open over a rehearsal that was cut off where that does not count, and says who goes back from it where it is closed', () => {
    const approvals = [{ ...vouched, at: '2025-03-10 11:31:00+00' }, approval];
    const elsewhere = { ...staging, unanswered: begunSince };
    assert.deepEqual(judge({ ...good, cutOff: true, rehearsal: elsewhere, approvals }, inputs), []);
    const own = { ...elsewhere, foreign: false, onRecord: true };
    const findings = judge({ ...good, cutOff: true, rehearsal: own }, inputs);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['WAY_BACK_FAILED', 'FLIP_UNFINISHED'],
    );
    assert.match(findings[0]?.recovery ?? '', /npm run rehearse-rollback/);
    assert.match(findings[1]?.needed ?? '', /npm run rehearse-rollback/);
  });

  it('says all that is missing at once', () => {
    const findings = judge({ ...good, approvals: [], rehearsal: { kind: 'missing' } }, inputs);
    assert.equal(findings.length, 2);
  });
});

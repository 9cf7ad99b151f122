import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Candidate } from '../../../gates/cutover/candidate.ts';
import type { CutoverInputs } from '../../../gates/cutover/plan.ts';
import { cutoverVerify } from '../../../gates/cutover-verify/cutover-verify.ts';
import { samplePlan } from '../cutover/sample-plan.ts';
import { receiptFor, sampleInputs, sampleRelease } from '../sample-release.ts';

const build = '00000000-0000-0000-0000-000000000001';
const receipts = [receiptFor(sampleRelease(), 'cutover-schema', { build })];
const inputs: CutoverInputs = { ...sampleInputs({ receipts }), plan: samplePlan() };
const candidate: Candidate = {
  cutover: 'move',
  build,
  state: 'building',
  plan: 'p',
  source: '1/5',
  since: '2025-03-10 12:00:00+00',
  note: '',
};

describe('what a verification in a cutover may begin with', () => {
  const cases: readonly (readonly [title: string, found: Candidate | undefined, codes: readonly string[]])[] = [
    ['is the build that the schema stage made', candidate, []],
    ['is that build, verified before', { ...candidate, state: 'verified' }, []],
    ['is no database without a mark', undefined, ['CANDIDATE_NOT_READY']],
    ['is no other build', { ...candidate, build: build.replace(/1$/, '2') }, ['CANDIDATE_NOT_READY']],
    ['is no build of another cutover', { ...candidate, cutover: 'other' }, ['CANDIDATE_NOT_READY']],
    ['is none that was refused', { ...candidate, state: 'refused' }, ['CANDIDATE_NOT_READY']],
    ['is none that serves', { ...candidate, state: 'serving' }, ['CANDIDATE_NOT_READY']],
  ];
  for (const [title, found, codes] of cases) {
    it(title, () => {
      const findings = cutoverVerify.judge({ candidate: found }, inputs);
      assert.deepEqual(
        findings.map(({ code }) => code),
        codes,
      );
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { noRecords } from '../../../gates/cutover-verify/record-digests.ts';
import { cutoverWatch } from '../../../gates/cutover-watch/cutover-watch.ts';
import { blocker, type Finding } from '../../../gates/kernel/verdict.ts';
import { samplePlan } from '../cutover/sample-plan.ts';
import { sampleInputs } from '../sample-release.ts';

const plan = samplePlan();
const inputs = { ...sampleInputs(), plan };
const broken = blocker('INVARIANT_BROKEN', 'one.sql', '2 rows', 'none');

describe('the watch after a flip', () => {
  const cases: readonly (readonly [
    title: string,
    pointed: string,
    findings: readonly Finding[],
    codes: readonly string[],
  ])[] = [
    ['passes where the application is on a candidate that is well', plan.target.at, [], []],
    ['is closed where the application is on the source', plan.source.at, [], ['POINTER_ELSEWHERE']],
    ['is closed where the scan says no', plan.target.at, [broken], ['INVARIANT_BROKEN']],
    ['says both', plan.source.at, [broken], ['POINTER_ELSEWHERE', 'INVARIANT_BROKEN']],
  ];
  for (const [title, pointed, found, codes] of cases) {
    it(title, () => {
      const verification = { findings: found, checks: [], differences: new Map(), timings: {} };
      const facts = { pointed, runId: 'r', folder: 'f', digests: noRecords, verification };
      const findings = cutoverWatch.judge(facts, inputs);
      assert.deepEqual(
        findings.map(({ code }) => code),
        codes,
      );
    });
  }
});

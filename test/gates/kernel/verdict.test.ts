import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type ReasonCode, reasonCodes } from '../../../gates/kernel/reason-codes.ts';
import { blocker, decisive, findingLine, verdictOf, warning } from '../../../gates/kernel/verdict.ts';

const no = blocker('MIGRATION_EDITED', 'a.sql', 'another content', 'the applied one');
const couldNotLook = blocker('DATABASE_UNREACHABLE', 'db', 'nothing', 'an answer');
const couldNotTell = blocker('EXECUTION_UNKNOWN', 'job', 'Unknown', 'an end');
const reported = warning('MIGRATION_EDITED', 'a.sql', 'another content', 'the applied one');

const table = [
  { findings: [], verdict: 'passed', reads: undefined },
  { findings: [reported], verdict: 'passed', reads: undefined },
  { findings: [no], verdict: 'failed', reads: no },
  { findings: [couldNotLook], verdict: 'errored', reads: couldNotLook },
  { findings: [couldNotTell], verdict: 'inconclusive', reads: couldNotTell },
  { findings: [couldNotTell, couldNotLook], verdict: 'errored', reads: couldNotLook },
  { findings: [couldNotTell, couldNotLook, no], verdict: 'failed', reads: no },
  { findings: [couldNotTell, reported], verdict: 'inconclusive', reads: couldNotTell },
  { findings: [reported, couldNotLook], verdict: 'errored', reads: couldNotLook },
] as const;

describe('a verdict', () => {
  for (const { findings, verdict, reads } of table) {
    const given = findings.map((finding) => `${finding.severity} ${finding.code}`).join(', ') || 'no finding';
    it(`is ${verdict} with ${given}`, () => {
      assert.equal(verdictOf(findings), verdict);
      assert.equal(verdictOf([...findings].reverse()), verdict);
      assert.equal(decisive(findings), reads);
    });
  }

  // https://github.com/argoproj/argo-rollouts/issues/3850: an analysis that could not tell was promoted.
  it('is never a pass when a gate could not tell, whatever else passed', () => {
    for (const code of Object.keys(reasonCodes) as ReasonCode[]) {
      assert.notEqual(verdictOf([blocker(code, 'it', 'this', 'that')]), 'passed', code);
      assert.equal(verdictOf([warning(code, 'it', 'this', 'that')]), 'passed', code);
    }
  });
});

describe('a finding', () => {
  it('says what was found, what was needed and what to do', () => {
    assert.equal(
      findingLine(blocker('OWNER_MISSING', 'change', 'no owner', 'a role', 'set it')),
      'BLOCKER OWNER_MISSING change: found no owner; needed a role. Do: set it',
    );
  });

  it('takes what to do from the catalogue unless the case knows better', () => {
    assert.equal(no.recovery, reasonCodes.MIGRATION_EDITED.recovery);
  });
});

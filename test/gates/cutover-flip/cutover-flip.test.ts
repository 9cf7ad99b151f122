import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { planSchema } from '../../../gates/cutover/plan.ts';
import { cutoverFlipWith } from '../../../gates/cutover-flip/cutover-flip.ts';
import type { CutoverFlipFacts, CutoverFlipInputs } from '../../../gates/cutover-flip/facts.ts';
import { verdictOf } from '../../../gates/kernel/verdict.ts';
import { sampleInputs } from '../sample-release.ts';

const gate = cutoverFlipWith(() => () => assert.fail('nothing is acted on'));
const plan = planSchema.parse({
  id: 'sample',
  strategy: 'replicate',
  source: { direct: 'CUTOVER_SOURCE_DIRECT_URL', at: 'db.example.com:5432/desk' },
  target: { direct: 'CUTOVER_TARGET_DIRECT_URL', at: 'new.example.com:5432/desk' },
  verify: { modules: { all: ['public.*'] } },
  invariants: [],
  backfill: {},
  freeze: {},
  reverse: true,
  rehearsal: {},
  reviewer: 'reviewer',
});
const inputs: CutoverFlipInputs = {
  ...sampleInputs(),
  plan,
  probe: { header: 'x-revision', answers: 3, seconds: 10 },
  drainSeconds: 10,
  healthSeconds: 10,
};
const source = { host: 'db.example.com', port: 5432, database: 'desk', tls: false };
const target = { ...source, host: 'new.example.com' };
const ready: CutoverFlipFacts = { pointer: true, pointed: source, run: undefined, candidate: 'verified' };

describe('the gate of the flip', () => {
  for (const [name, changes, verdict, codes] of [
    ['lets a verified candidate on', {}, 'passed', []],
    ['refuses a platform without a pointer', { pointer: false, pointed: undefined }, 'errored', ['POINTER_MISSING']],
    ['refuses a candidate that is being built', { candidate: 'building' }, 'errored', ['CANDIDATE_NOT_VERIFIED']],
    ['refuses a candidate that was refused', { candidate: 'refused' }, 'errored', ['CANDIDATE_NOT_VERIFIED']],
    ['refuses a target that is none', { candidate: undefined }, 'errored', ['CANDIDATE_NOT_VERIFIED']],
    ['refuses a pointer that somebody moved to the target', { pointed: target }, 'inconclusive', ['POINTER_MOVED']],
    ['goes on with a run that was cut off', { run: 'flipping', candidate: 'serving' }, 'passed', []],
    ['goes on with a way back that was cut off', { run: 'undoing', pointed: undefined }, 'passed', []],
    ['lets a finished flip on', { run: 'flipped', pointed: target, candidate: 'serving' }, 'passed', []],
    ['names a pointer that left a finished flip', { run: 'flipped' }, 'inconclusive', ['POINTER_MOVED']],
    ['waits for the end of a way back', { run: 'returning' }, 'inconclusive', ['WAY_BACK_UNFINISHED']],
  ] as const) {
    it(name, () => {
      const findings = gate.judge({ ...ready, ...changes }, inputs);
      assert.equal(verdictOf(findings), verdict);
      assert.deepEqual(
        findings.map(({ code }) => code),
        codes,
      );
    });
  }

  it('leaves evidence also when it never came to act', () => {
    const body = gate.evidence.body.parse(gate.report(inputs, undefined, undefined));
    assert.deepEqual(body, { from: null, to: null, steps: [], frozenMs: null, revisions: {} });
  });

  it('is of its plan: another plan is another subject', () => {
    assert.notDeepEqual(gate.subject({ ...inputs, plan: { ...plan, reverse: false } } as never), gate.subject(inputs));
  });
});

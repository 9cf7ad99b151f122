import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { verdictOf } from '../../../gates/kernel/verdict.ts';
import type { SmokeFacts, SuiteResult, SurfaceResult } from '../../../gates/smoke/facts.ts';
import { smoke } from '../../../gates/smoke/smoke.ts';
import { receiptFor, sampleInputs, sampleRelease } from '../sample-release.ts';

const release = sampleRelease();
const inputs = { ...sampleInputs(), receipts: [receiptFor(release, 'preflight', { mode: 'forward' })] };
const rollback = { ...inputs, receipts: [receiptFor(release, 'preflight', { mode: 'rollback' })] };

const tried = { at: '2026-03-02T10:00:00Z', attempt: 1, status: 200, latencyMs: 5, error: null };
const right = { id: 'is-200', passed: true, expected: 'status 200', actual: 'status 200' };
const wrong = { id: 'has-text', passed: false, expected: 'text "a"', actual: 'b' };

function surface(name: string, outcome: SurfaceResult['outcome'], changes: Partial<SurfaceResult> = {}): SurfaceResult {
  const assertions = outcome === 'failed' ? [right, wrong] : outcome === 'passed' ? [right] : [];
  return { surface: name, url: `http://api/${name}`, outcome, assertions, timeline: [tried], snippet: '', ...changes };
}

const unanswered = surface('a', 'transient', { timeline: [{ ...tried, status: null, error: 'fetch failed' }] });
const busy = surface('a', 'transient', {
  timeline: [
    { ...tried, status: 503 },
    { ...tried, attempt: 2, status: 503 },
  ],
});

function suite(...surfaces: readonly SurfaceResult[]): SuiteResult {
  return { sha: 'bbbbbbb', release: 'r', revisions: {}, surfaces: [...surfaces] };
}

const good = suite(surface('a', 'passed'));
const seen: SmokeFacts = { candidate: good, previous: good, historyDigest: 'h', broken: [] };

function judged(facts: Partial<SmokeFacts>, of = inputs) {
  const findings = smoke.judge({ ...seen, ...facts }, of);
  return { verdict: verdictOf(findings), findings: findings.map(({ code, about }) => `${code} ${about}`) };
}

describe('smoke on the candidate', () => {
  for (const [name, candidate, verdict, findings] of [
    ['every surface answers rightly', good, 'passed', []],
    [
      'an assertion does not hold',
      suite(surface('a', 'failed'), surface('b', 'passed')),
      'failed',
      ['SMOKE_ASSERTION_FAILED a has-text'],
    ],
    ['a surface has no assertion', suite(surface('a', 'unasserted')), 'failed', ['SURFACE_WITHOUT_ASSERTION a']],
    ['a surface never answers', suite(unanswered), 'errored', ['SMOKE_UNREACHABLE candidate a']],
    ['a surface is busy to the end', suite(busy), 'errored', ['SMOKE_UNREACHABLE candidate a']],
    [
      'one fails and one never answers',
      suite(unanswered, surface('b', 'failed')),
      'failed',
      ['SMOKE_UNREACHABLE candidate a', 'SMOKE_ASSERTION_FAILED b has-text'],
    ],
    ['the suite has no surface at all', suite(), 'failed', ['SURFACE_WITHOUT_ASSERTION suite']],
  ] as const) {
    it(`has ${verdict} when ${name}`, () => assert.deepEqual(judged({ candidate }), { verdict, findings }));
  }
});

describe('smoke on the release that serves', () => {
  const missing = { sha: 'bbbbbbb', found: 'api--r1 not active' };
  for (const [name, facts, of, verdict, findings] of [
    ['it answers rightly', {}, inputs, 'passed', []],
    ['nothing was accepted before', { previous: undefined }, inputs, 'passed', ['FIRST_RELEASE ledger']],
    [
      'it is broken on the new schema',
      { previous: suite(surface('a', 'failed')) },
      inputs,
      'failed',
      ['SMOKE_PREVIOUS_FAILED release bbbbbbb a'],
    ],
    ['it never answers', { previous: suite(unanswered) }, inputs, 'errored', ['SMOKE_UNREACHABLE release bbbbbbb a']],
    [
      'its revision is not there',
      { previous: undefined, missing },
      inputs,
      'inconclusive',
      ['PREVIOUS_NOT_FOUND release bbbbbbb'],
    ],
    [
      'it was broken before the schema was touched',
      { previous: suite(surface('a', 'failed')), broken: ['a'] },
      inputs,
      'passed',
      ['SERVING_BROKEN_BEFORE release bbbbbbb a'],
    ],
    [
      'something else of it was broken before',
      { previous: suite(surface('a', 'failed'), surface('b', 'failed')), broken: ['a'] },
      inputs,
      'failed',
      ['SERVING_BROKEN_BEFORE release bbbbbbb a', 'SMOKE_PREVIOUS_FAILED release bbbbbbb b'],
    ],
    [
      'it is what a rollback leaves',
      { previous: suite(surface('a', 'failed')) },
      rollback,
      'passed',
      ['SERVING_BROKEN_BEFORE release bbbbbbb a'],
    ],
    [
      'a rollback leaves it and it is not there',
      { previous: undefined, missing },
      rollback,
      'passed',
      ['PREVIOUS_NOT_FOUND release bbbbbbb'],
    ],
  ] as const) {
    it(`has ${verdict} when ${name}`, () => assert.deepEqual(judged(facts, of), { verdict, findings }));
  }

  it('does not excuse the candidate, not in a rollback either', () => {
    assert.equal(judged({ candidate: suite(surface('a', 'failed')), broken: ['a'] }, rollback).verdict, 'failed');
  });
});

describe('the evidence of smoke', () => {
  it('names each assertion and each that failed, of which suite', () => {
    const facts = {
      ...seen,
      previous: suite(surface('health', 'failed')),
      candidate: suite(surface('health', 'passed')),
    };
    const body = smoke.evidence.body.parse(smoke.report(inputs, facts, undefined));
    assert.deepEqual(body.failedAssertions, [
      { of: 'previous', surface: 'health', id: 'has-text', expected: 'text "a"', actual: 'b' },
    ]);
    assert.deepEqual(body.health, { status: 200, snippet: '' });
    assert.equal(body.openapi, null);
  });

  it('is there also when nothing was asked', () => {
    const body = smoke.evidence.body.parse(smoke.report(inputs, undefined, undefined));
    assert.equal(body.candidate, null);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { candidate } from '../../../gates/candidate/candidate.ts';
import { type Candidate, type CandidateDone, isHealthy } from '../../../gates/candidate/facts.ts';
import type { Revision } from '../../../infra/container-apps/container-apps.ts';
import { sampleInputs } from '../sample-release.ts';

const inputs = { ...sampleInputs(), healthSeconds: 30 };
const image = inputs.release.services.api?.image ?? '';

function made(revision: string, changes: Partial<Candidate> = {}): Candidate {
  return { revision, image, healthy: true, detail: 'health Healthy, Running', ...changes };
}

function codes(done: CandidateDone) {
  return candidate.conclude?.(done, { apps: {} }, inputs).map(({ code, about }) => `${code} ${about}`);
}

describe('the candidate', () => {
  const api = made('api--r1');
  const worker = made('worker--r1-standby');
  for (const [name, done, expected] of [
    ['every service is healthy with its image', { candidates: { api, worker } }, []],
    [
      'one is not healthy',
      { candidates: { api: made('api--r1', { healthy: false }) } },
      ['CANDIDATE_UNHEALTHY api--r1'],
    ],
    [
      'one runs another image',
      { candidates: { api, worker: made('worker--r1-standby', { image: 'other' }) } },
      ['CANDIDATE_IMAGE worker--r1-standby'],
    ],
    [
      'the platform refused one',
      { candidates: { api }, refused: { service: 'worker', message: 'BadRequest: no' } },
      ['CANDIDATE_REFUSED worker'],
    ],
    ['a service has no revision', { candidates: { api } }, ['CANDIDATE_UNHEALTHY worker']],
    ['there is nothing', { candidates: {} }, ['CANDIDATE_UNHEALTHY api', 'CANDIDATE_UNHEALTHY worker']],
  ] as const) {
    it(`${expected.length === 0 ? 'passes' : 'fails'} when ${name}`, () => assert.deepEqual(codes(done), expected));
  }

  it('says when it stands where the public looks, for there is nothing else', () => {
    const app = { name: 'api', revisionsMode: 'Multiple', traffic: [] };
    const none = { app: undefined, active: [] };
    const codesWith = (apps: unknown) =>
      candidate.judge({ apps }, inputs).map((each) => `${each.severity} ${each.code}`);
    assert.deepEqual(codesWith({ api: none, worker: none }), ['WARNING FIRST_RELEASE']);
    assert.deepEqual(codesWith({ api: { app, active: ['api--r0'] }, worker: none }), []);
  });

  it('leaves evidence also when it never came to act', () => {
    assert.deepEqual(candidate.evidence.body.parse(candidate.report(inputs, undefined, undefined)), { candidates: {} });
  });
});

describe('a healthy revision', () => {
  const revision: Revision = {
    name: 'api--r1',
    active: true,
    image,
    container: { name: 'api', image, command: ['node', 'main.ts'], env: [] },
    weight: 0,
    replicas: 2,
    health: 'Healthy',
    running: 'Running',
  };
  for (const [changes, expected] of [
    [{}, true],
    [{ running: 'RunningAtMaxScale' }, true],
    [{ replicas: 3 }, true],
    [{ replicas: 1 }, false],
    [{ active: false }, false],
    [{ health: 'Unhealthy' }, false],
    [{ health: 'None' }, false],
    [{ running: 'Processing' }, false],
    [{ running: 'Degraded' }, false],
    [{ running: 'SomethingNew' }, false],
  ] as const) {
    it(`${expected ? 'is' : 'is not'} one with ${JSON.stringify(changes)}`, () => {
      assert.equal(isHealthy({ ...revision, ...changes }, 2), expected);
    });
  }
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'mocha';
import type { FlipDone } from '../../../gates/flip/facts.ts';
import { flip } from '../../../gates/flip/flip.ts';
import { flipAll } from '../../../gates/flip/flip-all.ts';
import { workingEnv, workingRevision } from '../../../gates/flip/workers.ts';
import type { Service } from '../../../gates/kernel/release.ts';
import { verdictOf } from '../../../gates/kernel/verdict.ts';
import type { World } from '../../../gates/kernel/world.ts';
import type { EnvVar } from '../../../infra/container-apps/container-apps.ts';
import { receiptFor, sampleInputs, sampleRelease } from '../sample-release.ts';

const done: FlipDone = { flipped: [], workers: [], drained: ['api--r1'], undrained: [], revisions: { api: 'api--r2' } };
const facts = { services: {}, workers: {} };

function concluded(changes: Partial<FlipDone>) {
  const findings = flip.conclude?.({ ...done, ...changes }, facts, sampleInputs()) ?? [];
  return { verdict: verdictOf(findings), findings: findings.map(({ code, about }) => `${code} ${about}`) };
}

function reverted(code: NonNullable<FlipDone['reverted']>['code']) {
  return { reverted: { code, about: 'api', found: 'api--r1 100', needed: 'api--r2 100' } };
}

describe('the flip', () => {
  for (const [name, changes, verdict, findings] of [
    ['all went well', {}, 'passed', []],
    ['a candidate names no revision', reverted('REVISION_NOT_NAMED'), 'failed', ['REVISION_NOT_NAMED api']],
    ['the weights were not taken', reverted('TRAFFIC_NOT_SHIFTED'), 'failed', ['TRAFFIC_NOT_SHIFTED api']],
    ['the public address says otherwise', reverted('PUBLIC_PROBE_FAILED'), 'failed', ['PUBLIC_PROBE_FAILED api']],
    ['a worker is not healthy', reverted('WORKER_UNHEALTHY'), 'failed', ['WORKER_UNHEALTHY api']],
    [
      'old revisions do not drain',
      { undrained: ['api--r1', 'web--r1'] },
      'inconclusive',
      ['DRAIN_INCOMPLETE api--r1', 'DRAIN_INCOMPLETE web--r1'],
    ],
  ] as const) {
    it(`has ${verdict} when ${name}`, () => assert.deepEqual(concluded(changes), { verdict, findings }));
  }

  it('leaves evidence also when it never came to act', () => {
    const body = flip.evidence.body.parse(flip.report(sampleInputs(), undefined, undefined));
    assert.deepEqual(body, { flipped: [], workers: [], drained: [], undrained: [] });
  });
});

describe('a candidate that is about to get the traffic', () => {
  for (const [what, header, found] of [
    ['does not name its revision', undefined, 'an answer (200) without header x-revision'],
    ['names another one', 'api--r1', 'api--r1'],
  ] as const) {
    it(`gets none when it ${what}`, async () => {
      const server = createServer((_request, response) => {
        if (header !== undefined) response.setHeader('x-revision', header);
        response.end();
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const release = sampleRelease();
      const receipts = [receiptFor(release, 'candidate', { candidates: { api: { revision: 'api--r2', address } } })];
      const probe = { header: 'x-revision', answers: 1, seconds: 1 };
      const inputs = { ...sampleInputs({ release, receipts }), probe, drainSeconds: 1, healthSeconds: 1 };
      const touched = new Proxy({}, { get: (_apps, call) => assert.fail(`${String(call)} was called`) });
      const world = {
        platform: async () => ({ apps: touched }),
        signal: AbortSignal.timeout(110_000),
      } as unknown as World;
      const api = { traffic: [{ revisionName: 'api--r1', weight: 100 }], back: [], active: ['api--r1'] };
      const { reverted: why } = await flipAll(world, inputs, { services: { api }, workers: {} }, { api: 'api--r2' });
      server.close();
      assert.equal(why?.code, 'REVISION_NOT_NAMED');
      assert.equal(why?.found, found);
    });
  }
});

describe('the revision in which a worker works', () => {
  it('is its candidate without the mark of standby', () => {
    assert.equal(workingRevision('worker', 'worker--rabcdef0-7-standby'), 'worker--rabcdef0-7');
    assert.equal(workingRevision('my-standby', 'my-standby--rabcdef0-7-standby'), 'my-standby--rabcdef0-7');
  });
});

describe('the environment in which a declared worker works', () => {
  const service: Service = {
    ...(sampleRelease().services.worker as Service),
    env: { API_URL: `\${services.api.address}`, MODE: 'work', QUEUE: `\${services.api.address}/queue` },
    secretEnv: { TOKEN: 'token' },
    standbyEnv: { MODE: 'stand by', QUEUE: 'none', STANDBY: '1' },
  };
  const addresses = { api: 'https://api--r2.example.com' };
  const declared: readonly EnvVar[] = [
    { name: 'API_URL', value: 'https://api--r2.as-it-was-declared.example.com' },
    { name: 'MODE', value: 'stand by' },
    { name: 'QUEUE', value: 'none' },
    { name: 'STANDBY', value: '1' },
    { name: 'PORT', value: '3000' },
    { name: 'TOKEN', secretRef: 'token' },
    { name: 'AZURE_CLIENT_ID', value: 'of the apps' },
  ];
  const working: readonly EnvVar[] = [
    { name: 'API_URL', value: 'https://api--r2.as-it-was-declared.example.com' },
    { name: 'MODE', value: 'work' },
    { name: 'QUEUE', value: 'https://api--r2.example.com/queue' },
    { name: 'PORT', value: '3000' },
    { name: 'TOKEN', secretRef: 'token' },
    { name: 'AZURE_CLIENT_ID', value: 'of the apps' },
  ];

  it('is the one that it stood by with, less what was added for that, and to the letter otherwise', () => {
    assert.deepEqual(workingEnv(declared, service, addresses), working);
  });

  it('is the same when it is made again of itself', () => {
    assert.deepEqual(workingEnv(working, service, addresses), working);
  });
});

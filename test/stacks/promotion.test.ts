import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import type { Receipt } from '../../gates/kernel/receipt.ts';
import { releaseDigest } from '../../gates/kernel/release.ts';
import { estateOf } from '../../stacks/estate.ts';
import { Promotion } from '../../stacks/promotion.ts';
import { receiptFor, sampleRelease } from '../gates/sample-release.ts';
import { promotionGates as order } from '../support/promotion-gates.ts';
import { type Made, recordProgram } from './record-program.ts';
import { parsed, sampleConfig } from './sample-config.ts';

const { api, worker } = sampleRelease().services;
assert.ok(api && worker);
const secretEnv = { TOKEN: 'api-token', DATABASE_URL: 'database-url-app' };
const services = { api: { ...api, secretEnv }, worker: { ...worker, secretEnv } };
const release = sampleRelease({ services });
const cleared = { api: 'cleared@sha256:one', worker: 'cleared@sha256:two' };
const publicAddress = 'http://127.0.0.1:8080';

/** What gates leave for those after them, as far as the program reads it. */
const data: Readonly<Record<string, Record<string, unknown>>> = {
  guard: { images: cleared },
  candidate: { candidates: { api: { revision: 'api--r1', publicAddress }, worker: { revision: 'worker--r1' } } },
};

/** Runs the program's component against an engine that says yes to everything; gives what it asked for. */
async function made(config = parsed(sampleConfig)): Promise<{ resources: Map<string, Made>; addresses: unknown }> {
  const declareEstate = await estateOf(config);
  const { resources, outcome } = await recordProgram(
    ({ name }) => ({ state: outputsOf(name) }),
    () => new Promotion('promotion', { config, release, bootstrap: [], declareEstate }).addresses,
  );
  return { resources, addresses: outcome };
}

function outputsOf(name: string): Record<string, unknown> {
  const gate = name.replace('promotion-', '');
  if (order.includes(gate)) return { receipt: receiptFor(release, gate, data[gate]) };
  if (gate === 'environment') return { platform: { kind: 'local' }, database: { host: 'db' } };
  return gate.startsWith('guard-') ? { stdout: 'fine' } : {};
}

describe('the promotion', () => {
  let resources: Map<string, Made>;
  let addresses: unknown;
  before(async () => {
    ({ resources, addresses } = await made());
  });

  const inputsOf = (name: string): Record<string, unknown> => {
    const found = resources.get(`promotion-${name}`);
    assert.ok(found, `no resource promotion-${name}`);
    return found.inputs;
  };
  const receiptsOf = (name: string) => inputsOf(name).receipts as readonly Receipt[];

  it('is made of these resources, whose names and types are in the state of users', () => {
    const list = [...resources.values()].map(({ name, type }) => `${type} ${name}`);
    assert.deepEqual(list.sort(), [
      'command:local:Command promotion-guard-lint',
      'command:local:Command promotion-guard-types',
      'pulumi-nodejs:dynamic/gates:Accept promotion-accept',
      'pulumi-nodejs:dynamic/gates:Candidate promotion-candidate',
      'pulumi-nodejs:dynamic/gates:Flip promotion-flip',
      'pulumi-nodejs:dynamic/gates:Guard promotion-guard',
      'pulumi-nodejs:dynamic/gates:Lint promotion-lint',
      'pulumi-nodejs:dynamic/gates:Migrate promotion-migrate',
      'pulumi-nodejs:dynamic/gates:Preflight promotion-preflight',
      'pulumi-nodejs:dynamic/gates:Rehearse promotion-rehearse',
      'pulumi-nodejs:dynamic/gates:RestorePoint promotion-restore-point',
      'pulumi-nodejs:dynamic/gates:Smoke promotion-smoke',
      'pulumi-nodejs:dynamic/local:Environment promotion-environment',
      'pulumi-nodejs:dynamic/local:Job promotion-job',
      'pulumi:providers:command promotion-commands',
      'sallyport:index:Promotion promotion',
    ]);
  });

  it('is the parent of all of them', () => {
    for (const { name, parent } of resources.values()) {
      if (name !== 'promotion') assert.equal(parent, 'promotion', name);
    }
  });

  for (const [index, gate] of order.entries()) {
    it(`gives ${gate} the receipts of all gates before it, in their order`, () => {
      const given = receiptsOf(gate).map((receipt) => receipt.gate);
      assert.deepEqual(given, order.slice(0, index));
    });
  }

  it('gives every gate the release, the change and where to look', () => {
    for (const gate of order) {
      const inputs = inputsOf(gate);
      assert.deepEqual(inputs.release, release, gate);
      assert.deepEqual(inputs.change, { owner: 'release-desk' });
      assert.deepEqual(inputs.platform, { kind: 'local' });
      assert.deepEqual(inputs.database, { host: 'db' });
      assert.equal(inputs.stack, 'test');
    }
  });

  it('takes the image of the job from what the guard cleared, not from the configuration', () => {
    assert.equal(inputsOf('job').image, cleared.api);
    assert.deepEqual(
      receiptsOf('job').map((receipt) => receipt.gate),
      ['preflight', 'lint', 'guard', 'rehearse', 'restore-point'],
    );
    assert.equal(inputsOf('job').release, releaseDigest(release));
  });

  it('binds the guard to what each command ran for', () => {
    assert.deepEqual(inputsOf('guard').commands, { lint: releaseDigest(release), types: releaseDigest(release) });
    const triggers = inputsOf('guard-lint').triggers as readonly string[];
    assert.equal(triggers[1], receiptFor(release, 'lint').digest, 'it runs again when lint has judged again');
  });

  it('asks the environment for the secrets of services, each once, and not for those of the database', () => {
    assert.deepEqual(inputsOf('environment').secrets, ['api-token']);
  });

  it('names the addresses only once the release is accepted', () =>
    assert.deepEqual(addresses, { api: publicAddress }));

  it('orders nothing by dependsOn: every dependency is one of data', () => {
    for (const { name, after, data } of resources.values()) {
      const given = new Set([...data.values()].flat());
      assert.deepEqual(
        after.filter((other) => !given.has(other)),
        [],
        name,
      );
    }
  });

  for (const [index, gate] of [...order.entries(), [order.indexOf('migrate'), 'job'] as const]) {
    it(`lets ${gate} wait for the receipt of each gate before it`, () => {
      const wanted = order.slice(0, index).map((before) => `promotion-${before}`);
      const waits = resources.get(`promotion-${gate}`)?.data.get('receipts') ?? [];
      assert.deepEqual([...waits].sort(), wanted.sort());
    });
  }

  it('has no input that is empty because nobody made it', () => {
    for (const { name, inputs } of resources.values()) {
      for (const [key, value] of Object.entries(inputs)) assert.notEqual(value, null, `${name}.${key}`);
    }
  });

  describe('as a replay', () => {
    it('runs no command of the checkout, and says so to preflight and guard', async () => {
      ({ resources } = await made(parsed({ ...sampleConfig, replay: 'abcdef0123456789' })));
      assert.equal(inputsOf('preflight').replay, true);
      assert.equal(inputsOf('guard').replay, true);
      assert.deepEqual(inputsOf('guard').commands, {});
      assert.ok(![...resources.values()].some(({ type }) => type === 'command:local:Command'));
    });
  });
});

describe('the stub that goes into the state', () => {
  it('is at most 2.5 kB and names the registry, and no other file of ours', async () => {
    const { resources } = await made();
    const dynamic = [...resources.values()].filter(({ type }) => type.startsWith('pulumi-nodejs:'));
    assert.equal(dynamic.length, order.length + 2);
    for (const { name, inputs } of dynamic) {
      const code = inputs.__provider as string;
      assert.ok(Buffer.byteLength(code) <= 2_500, `${name}: ${Buffer.byteLength(code)} bytes`);
      const loaded = [...code.matchAll(/(?:import|require)\s*\(([^)]*)\)/g)].map((match) =>
        match[1]?.replaceAll(/['"\s]/g, ''),
      );
      assert.deepEqual([...new Set(loaded)], ['node:module', '../gates/registry.ts'], name);
      assert.doesNotMatch(code, /\/(home|root|Users|work|tmp)\//, 'no path of the machine that ran it');
    }
  });

  it('is the same for every gate but for the kind', async () => {
    const { resources } = await made();
    const codes = order.map((gate) => {
      const code = String(resources.get(`promotion-${gate}`)?.inputs.__provider);
      assert.ok(code.includes(`"${gate}"`), gate);
      return code.replaceAll(`"${gate}"`, '"kind"');
    });
    assert.equal(new Set(codes).size, 1);
  });
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { releaseDigest } from '../../../gates/kernel/release.ts';
import { unknownSentinel } from '../../../gates/kernel/unknown.ts';
import { cutoverJobProvider as provider } from '../../../infra/local/cutover-job-provider.ts';
import { findSecret, putSecret } from '../../../infra/local/secrets.ts';
import { receiptFor, sampleRelease } from '../../gates/sample-release.ts';
import { jobContainer, openWorld, type World } from './world.ts';

const name = 'sallyport-cutover';
const password = 'not-to-be-seen';
const urls = {
  THE_SOURCE: `postgres://one:${password}@127.0.0.1:1/app`,
  THE_TARGET: `postgres://two:${password}@127.0.0.1:2/app`,
};

describe('the job of a cutover on the local platform', () => {
  const release = sampleRelease();
  let world: World;
  let inputs: Record<string, unknown>;
  before(async () => {
    world = await openWorld();
    inputs = {
      platform: { ...world.environment.address },
      name,
      image: world.image,
      command: ['node', 'program.mjs', 'wait'],
      variables: { source: 'THE_SOURCE', target: 'THE_TARGET' },
      parallelism: 2,
      timeoutSeconds: 300,
      release: releaseDigest(release),
      receipts: [receiptFor(release, 'cutover-preflight')],
    };
  });
  after(async () => {
    for (const variable of Object.keys(urls)) delete process.env[variable];
    await world.close();
  });
  beforeEach(() => {
    Object.assign(process.env, urls);
  });

  const checked = async (changes: Record<string, unknown> = {}) => provider.check(inputs, { ...inputs, ...changes });
  const drift = async () => {
    const { inputs: answer, failures } = await checked();
    assert.deepEqual(failures, []);
    return answer.drift;
  };
  const created = async () => {
    const { id, outs } = await provider.create(inputs);
    assert.equal(id, name);
    return outs;
  };

  it('is declared with the URLs as secrets, which nothing else has', async () => {
    const outs = await created();
    const spec = await world.apps.getJob(name);
    assert.deepEqual([spec?.parallelism, spec?.replicaCompletionCount, spec?.replicaRetryLimit], [2, 2, 0]);
    assert.deepEqual(spec?.container.env, [
      { name: 'THE_SOURCE', secretRef: 'cutover-source-url' },
      { name: 'THE_TARGET', secretRef: 'cutover-target-url' },
    ]);
    assert.match((await findSecret(world.directory, 'cutover-source-url')) ?? '', /one:not-to-be-seen@/);
    assert.doesNotMatch(JSON.stringify([outs, await checked()]), new RegExp(password));
    assert.equal(await drift(), undefined);
    assert.deepEqual(await provider.diff(name, outs, inputs), { changes: false });
    assert.deepEqual(await provider.diff(name, outs, { ...inputs, parallelism: 3 }), { changes: true });
  });

  it('is declared again when a URL is another one, or somebody changed it on the platform', async () => {
    await created();
    process.env.THE_TARGET = urls.THE_TARGET.replace(password, 'changed-since-it-was-declared');
    assert.equal(await drift(), 'another URL in THE_TARGET');
    Object.assign(process.env, urls);
    await putSecret(world.directory, 'cutover-source-url', 'postgres://else@127.0.0.1:1/app');
    assert.equal(await drift(), 'another URL in THE_SOURCE');
    await created();
    assert.equal(await drift(), undefined);
    const spec = await world.apps.getJob(name);
    assert.ok(spec);
    await world.apps.putJob(name, { ...spec, parallelism: 1 });
    assert.equal(await drift(), 'changed on the platform');
    await world.apps.deleteJob(name);
    assert.equal(await drift(), 'not there');
  });

  it('is not declared without the preflight, or a URL', async () => {
    assert.match((await checked({ receipts: [] })).failures[0]?.reason ?? '', /cutover-preflight/);
    delete process.env.THE_SOURCE;
    assert.match((await checked()).failures[0]?.reason ?? '', /SIDE_NOT_NAMED/);
    process.env.THE_SOURCE = `postgres://one:${password}@`;
    const [failure] = (await checked()).failures;
    assert.match(failure?.reason ?? '', /DATABASE_URL_INVALID/);
    assert.doesNotMatch(failure?.reason ?? '', new RegExp(password));
  });

  it('has not drifted where it is new, or declared otherwise than before', async () => {
    for (const olds of [{}, { ...inputs, parallelism: 3 }]) {
      assert.equal((await provider.check(olds, { ...inputs, drift: 'of before' })).inputs.drift, undefined);
    }
  });

  it('is only planned while something is not known yet', async () => {
    assert.deepEqual((await checked({ receipts: [unknownSentinel] })).failures, []);
    assert.deepEqual(await provider.diff(name, {}, { ...inputs, receipts: [unknownSentinel] }), { changes: true });
  });

  it('ends what runs and takes the secrets along when it is deleted, also when it was before', async () => {
    const outs = await created();
    await world.apps.startJob(name, jobContainer(world, 'wait'));
    await provider.delete?.(name, outs);
    assert.equal(await world.apps.getJob(name), undefined);
    assert.equal(await findSecret(world.directory, 'cutover-source-url'), undefined);
    await provider.delete?.(name, outs);
  });
});

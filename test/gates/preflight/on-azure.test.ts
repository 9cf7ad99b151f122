import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { gateProvider } from '../../../gates/kernel/provider.ts';
import { preflight } from '../../../gates/preflight/preflight.ts';
import { declareApps, freshNames, programRelease } from '../../infra/azure/declared-promotion.ts';
import { deployer, type LoopbackEstate, loopbackEstate } from '../../infra/azure/loopback-estate.ts';
import { preflightInputs } from './sample-facts.ts';

describe('preflight on Azure', () => {
  let estate: LoopbackEstate;
  const names = freshNames();
  before(async () => {
    estate = await loopbackEstate();
  });
  after(async () => {
    const apps = await deployer(estate);
    await apps.deleteApp(names.api);
    estate.close();
  });

  it('finds what was left by hand, and an environment and a server that are not there, and overwrites nothing', async () => {
    const { services, ...release } = programRelease(estate, names, '1111111111111111');
    const { [names.api]: api } = services;
    assert.ok(api);
    const only = { ...release, services: { [names.api]: api } };
    const revision = `${names.api}--by-hand`;
    const traffic = [{ revisionName: revision, weight: 100, label: 'stable' }];
    const { image, command } = api;
    const env = [{ name: 'WS_MODULE', value: import.meta.resolve('ws') }];
    const template = { image, command, env, revisionSuffix: 'by-hand', revision, traffic, standby: false };
    await declareApps(estate, only, { [names.api]: template });

    const { platform, database } = estate;
    const inputs = { ...preflightInputs({ release: only, platform, database }), artifacts: '.artifacts/test-azure' };
    const { failures } = await gateProvider(preflight).check({}, inputs);
    const codes = failures.map(({ reason }) => reason.split(' ').slice(1, 4).join(' '));
    for (const expected of [
      `TRAFFIC_LABELLED ${names.api}: found`,
      `TRAFFIC_FOREIGN ${names.api}: found`,
      'ENVIRONMENT_NOT_READY managed environment:',
      'SERVER_NOT_READY flexible server:',
    ]) {
      assert.ok(codes.includes(expected), `${expected} is not among ${codes.join(', ')}`);
    }
    const apps = await deployer(estate);
    assert.deepEqual((await apps.getApp(names.api))?.traffic, traffic);
  });
});

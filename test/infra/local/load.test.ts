import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'mocha';
import { appSpec, deploy, eventually, openWorld, untilHealth, type World } from './world.ts';

interface LoadResult {
  readonly errors: number;
  readonly timeouts: number;
  readonly non2xx: number;
  readonly requests: { readonly total: number };
}

// The load generator comes without types.
const autocannon = createRequire(import.meta.url)('autocannon') as (options: {
  url: string;
  connections: number;
  duration: number;
}) => EventEmitter & { stop(): void };

describe('the ingress under load', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  it('drops no request while weights change, revisions leave and replicas come back', async () => {
    const address = await deploy(world, 'load', 'old', { replicas: 2 });
    const traffic = (old: number) => [
      { revisionName: 'load--old', weight: old },
      { revisionName: 'load--new', weight: 100 - old },
    ];
    await world.apps.putApp('load', appSpec(world, 'new', traffic(100), { replicas: 2 }));
    await untilHealth(world, 'load', 'load--new', 'Healthy');
    let finished = false;
    const load = autocannon({ url: address, connections: 16, duration: 30 });
    const result = new Promise<LoadResult>((resolve, reject) => {
      load.on('done', (done: LoadResult) => {
        finished = true;
        resolve(done);
      });
      load.on('error', reject);
    });
    for (const old of [50, 0, 100, 0]) await world.apps.setTraffic('load', traffic(old));
    await world.apps.deactivateRevision('load', 'load--old');
    await eventually('the old revision has stopped', async () => {
      return (await world.apps.getRevision('load', 'load--old'))?.running === 'Stopped';
    });
    await world.apps.activateRevision('load', 'load--old');
    await untilHealth(world, 'load', 'load--old', 'Healthy');
    await world.apps.setTraffic('load', traffic(100));
    assert.equal(finished, false, 'the load ended before the last change');
    load.stop();
    const { errors, timeouts, non2xx, requests } = await result;
    assert.deepEqual({ errors, timeouts, non2xx }, { errors: 0, timeouts: 0, non2xx: 0 });
    assert.ok(requests.total > 100);
  });
});

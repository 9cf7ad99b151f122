import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { movedTraffic } from '../../../gates/preflight/moved-traffic.ts';

const api = (traffic: { revisionName: string; weight: number }[]) => ({
  name: 'api',
  revisionsMode: 'Multiple',
  traffic,
});

describe('traffic that was moved', () => {
  it('is none where the accepted revision has it all', () => {
    const traffic = [
      { revisionName: 'api--r1', weight: 100 },
      { revisionName: 'api--r2', weight: 0 },
    ];
    assert.deepEqual(movedTraffic([api(traffic)], { api: 'api--r1' }), []);
  });

  it('is said with where it is and where it was put', () => {
    const split = [
      { revisionName: 'api--r1', weight: 50 },
      { revisionName: 'api--r2', weight: 50 },
    ];
    const [moved] = movedTraffic([api(split)], { api: 'api--r1' });
    assert.deepEqual(moved, { app: 'api', found: 'api--r1 50 %, api--r2 50 %', needed: 'api--r1 100 %' });
    assert.equal(movedTraffic([api([])], { api: 'api--r1' })[0]?.found, 'no traffic');
  });

  it('is none for an app that no accepted release has', () => {
    assert.deepEqual(movedTraffic([api([{ revisionName: 'api--r1', weight: 100 }])], {}), []);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { nextTables } from '../../../../gates/cutover/replication/next-tables.ts';

const waiting = (...pages: number[]) => pages.map((size, index) => ({ name: `t${index}`, pages: size }));

describe('the tables that may be copied next', () => {
  it('are as many as there are free workers, where the plan is the narrower bound', () => {
    assert.deepEqual(nextTables({ waiting: waiting(9, 8, 7), copying: 0, workers: 2, syncWorkers: 4 }), ['t0', 't1']);
    assert.deepEqual(nextTables({ waiting: waiting(9, 8, 7), copying: 1, workers: 2, syncWorkers: 4 }), ['t0']);
  });

  it('are none while all workers copy', () => {
    assert.deepEqual(nextTables({ waiting: waiting(1), copying: 2, workers: 2, syncWorkers: 4 }), []);
    assert.deepEqual(nextTables({ waiting: waiting(1), copying: 2, workers: 8, syncWorkers: 2 }), []);
  });

  it('are small ones in advance where the target is the narrower bound, up to 64 MB', () => {
    const next = nextTables({ waiting: waiting(90_000, 8000, 100, 92, 1, 1), copying: 0, workers: 2, syncWorkers: 1 });
    assert.deepEqual(next, ['t0', 't1', 't2', 't3']);
  });

  it('are one at a time where the target says that none are copied for a subscription, rather than none for ever', () => {
    assert.deepEqual(nextTables({ waiting: waiting(9000, 9000), copying: 0, workers: 2, syncWorkers: 0 }), ['t0']);
  });
});

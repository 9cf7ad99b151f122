import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { batchesOf, type ClassPlan, markOf, readMark } from '../../../gates/migrate/batches.ts';
import { isPassing, pauseBefore } from '../../../gates/migrate/retry.ts';

const files = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, file: `${name}.sql`, sha256: '' }));
const waiting = (...buildsIndexes: string[]) => ({ class: 'waiting' as const, buildsIndexes });
const plan: ClassPlan = { a: { class: 'blocking', buildsIndexes: [] }, b: waiting('i'), c: waiting('j') };
const shape = (pending: readonly string[], stepped: boolean) =>
  batchesOf(files, pending, plan, stepped).map((batch) => [batch.id, batch.class, batch.names.join(), batch.mixed]);

describe('the executions of pending migrations', () => {
  it('are one for consecutive migrations of one class, and one that nobody looked at blocks', () => {
    assert.deepEqual(shape(['a', 'b', 'c', 'd', 'e'], true), [
      [1, 'blocking', 'a', false],
      [2, 'waiting', 'b,c', false],
      [4, 'blocking', 'd,e', false],
    ]);
  });

  it('keep their number when those before them are applied', () => {
    assert.deepEqual(shape(['c', 'd'], true), [
      [3, 'waiting', 'c', false],
      [4, 'blocking', 'd', false],
    ]);
  });

  it('are one, with the short timeouts, when the tool cannot be told how many to run', () => {
    assert.deepEqual(shape(['b', 'c', 'd'], false), [[2, 'blocking', 'b,c,d', true]]);
    assert.deepEqual(shape(['b', 'c'], false), [[2, 'waiting', 'b,c', false]]);
  });

  it('know the indexes that they build', () => {
    assert.deepEqual(batchesOf(files, ['b', 'c'], plan, true)[0]?.buildsIndexes, ['i', 'j']);
  });
});

describe('the mark of an execution', () => {
  it('names attempt, batch and try, and is no other attempt', () => {
    assert.deepEqual(readMark('abc-7', markOf('abc-7', 12, 3)), { batch: 12, nth: 3 });
    for (const mark of ['abc-70-1.1', 'abc-7', 'abc-7-1', undefined, 'x-7-1.1'])
      assert.equal(readMark('abc-7', mark), undefined, mark);
  });
});

describe('a try again', () => {
  for (const line of [
    'migrate: FAILED: a: canceling statement due to lock timeout (SQLSTATE 55P03)',
    'ERROR: deadlock detected',
    'SQLSTATE 40001',
    'could not serialize access due to concurrent update',
  ]) {
    it(`is made after: ${line}`, () => assert.ok(isPassing(['migrate: a (up)', line])));
  }
  for (const line of ['canceling statement due to statement timeout', 'syntax error', 'column 155P03x is missing']) {
    it(`is not made after: ${line}`, () => assert.ok(!isPassing([line])));
  }

  it('waits twice as long each time, and never less than half of it', () => {
    assert.deepEqual(
      [2, 3, 4].map((nth) => [pauseBefore(nth, 2, () => 0), pauseBefore(nth, 2, () => 0.999_999)]),
      [
        [1000, 3000],
        [2000, 6000],
        [4000, 12000],
      ],
    );
  });
});

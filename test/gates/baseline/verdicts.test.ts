import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { workbenchOf } from '../../../gates/baseline/run-migrations.ts';
import { drift } from '../../../gates/drift/drift.ts';
import { drill } from '../../../gates/drill/drill.ts';
import { head } from '../../../gates/head/head.ts';
import type { World } from '../../../gates/kernel/world.ts';
import { parity } from '../../../gates/parity/parity.ts';
import { snapshot } from '../../../gates/snapshot/snapshot.ts';
import { receiptFor, sampleInputs, sampleRelease } from '../sample-release.ts';

const release = sampleRelease();
const [first] = release.migrations.files;
assert.ok(first);
const applied = release.migrations.files.map(({ name }) => name);
const receipts = [
  receiptFor(release, 'snapshot', { rows: { 'public.events': 3 } }),
  receiptFor(release, 'parity', { head: 'as migrated' }),
];
const inputs = { ...sampleInputs({ release }), receipts } as never;
const reached = { run: undefined, applied, rows: { 'public.events': 3 }, reads: [], catalog: 'as migrated' };
const codesOf = (findings: readonly { code: string }[] | undefined) => (findings ?? []).map(({ code }) => code);

describe('the gates of a baseline', () => {
  for (const [what, done, codes] of [
    ['lets a database at head through, with its rows', reached, []],
    ['refuses where a migration is not in the history', { ...reached, applied: [] }, ['HEAD_NOT_REACHED']],
    [
      'refuses where the schema is not what an empty database gets',
      { ...reached, catalog: 'other' },
      ['PARITY_DIFFERENCE'],
    ],
    ['refuses where rows are gone', { ...reached, rows: { 'public.events': 2 } }, ['ROWS_LOST']],
    ['refuses where rows could not be counted', { ...reached, rows: { 'public.events': null } }, ['ROWS_LOST']],
    ['refuses where the table is gone', { ...reached, rows: {} }, ['ROWS_LOST']],
    [
      'refuses where a read fails',
      { ...reached, reads: [{ name: 'newest', rows: null, failure: 'no such column' }] },
      ['READ_FAILED'],
    ],
  ] as const) {
    it(`head ${what}`, () => assert.deepEqual(codesOf(head.conclude?.(done, { pending: [] }, inputs)), codes));
  }

  for (const [what, step, codes] of [
    ['lets a way back through that was gone', { failure: null, differences: [] }, []],
    ['refuses a way back that failed', { failure: 'exit code 1', differences: [] }, ['DRILL_FAILED']],
    ['refuses one that leaves another schema', { failure: null, differences: ['table t'] }, ['DRILL_DIFFERENCE']],
  ] as const) {
    const done = { copy: 'a copy', steps: [{ step: 'down', ...step }] };
    it(`drill ${what}`, () => assert.deepEqual(codesOf(drill.conclude?.(done, { pending: [] }, inputs)), codes));
  }

  for (const [what, failures, codes] of [
    ['lets an empty database through that got to head', [], []],
    ['refuses one that did not', [{ step: 'head', failure: 'exit code 1' }], ['BOOTSTRAP_FAILED']],
  ] as const) {
    it(`parity ${what}`, () => {
      const review = { destructive: new Map(), notEvaluated: [] };
      const found = { review, compared: applied, objects: 3, differences: [], head: 'x', healthy: [], output: [] };
      const own = { ...(inputs as object), revision: applied.at(-1), approved: {} } as never;
      assert.deepEqual(codesOf(parity.judge({ ...found, failures }, own)), codes);
    });
  }

  it('drift says what it could not compare, and refuses what it could and is not the same', () => {
    assert.deepEqual(codesOf(drift.judge({ onRecord: false, differences: [] }, inputs)), ['DRIFT_NOT_EVALUATED']);
    const differences = [{ object: 'table public.events', found: 'none', needed: 'a table' }];
    assert.deepEqual(codesOf(drift.judge({ onRecord: true, differences }, inputs)), ['DRIFT']);
  });

  it('snapshot refuses a database without a table where nothing says how to make one', () => {
    assert.deepEqual(codesOf(snapshot.judge({ rows: new Map() }, inputs)), ['SNAPSHOT_MISSING']);
  });

  it('refuse a platform that has no server to try things on', async () => {
    const world = { platform: async () => ({ address: { kind: 'azure' } }) } as unknown as World;
    await assert.rejects(workbenchOf(world), /WORKBENCH_MISSING/);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { bytes, progressLine, rowsOf } from '../../../../gates/cutover/replication/copy-progress.ts';
import type { TableProgress } from '../../../../gates/cutover/replication/replication-state.ts';

const table = (name: string, state: TableProgress['state'], rows?: number, total?: number): TableProgress => ({
  name,
  state,
  rows,
  total,
  pages: 1,
});

describe('the progress of an initial copy', () => {
  const tables = [
    table('public.a', 'r', undefined, 2000),
    table('public.b', 'd', 1500, 5000),
    table('public.c', 'waiting', undefined, 1000),
  ];

  it('says how many rows there are, how quickly they come, and how long it may take', () => {
    assert.equal(
      progressLine(tables, 10_000, 500),
      '1/3 tables, 3,500 of about 8,000 rows, 300 rows/s, about 15 s left, copying public.b',
    );
  });

  it('promises no time where nothing has come yet, nor rows where nothing is known of them', () => {
    assert.equal(progressLine(tables, 10_000, 3500), '1/3 tables, 3,500 of about 8,000 rows, copying public.b');
    assert.equal(progressLine([table('public.a', 'i')], 10_000, 0), '0/1 tables');
  });

  it('never says that more was copied than there is: an estimate that was too low grows', () => {
    assert.deepEqual(rowsOf([table('public.a', 'd', 900, 100)]), { copied: 900, total: 900 });
  });

  it('writes sizes as a person reads them', () => {
    assert.deepEqual([bytes(3 * 2 ** 20), bytes(1.5 * 2 ** 30)], ['3 MB', '1.5 GB']);
  });
});

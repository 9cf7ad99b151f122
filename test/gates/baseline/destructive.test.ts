import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { reviewSql } from '../../../gates/baseline/destructive.ts';

const table: readonly (readonly [string, readonly string[]])[] = [
  ['create table a (id int)', []],
  ['alter table a add column b int', []],
  ['drop index a_b', []],
  ['drop table a', ['drop table']],
  ['drop schema s cascade', ['drop schema']],
  ['drop materialized view m', ['drop matview']],
  ['truncate a, b', ['truncate']],
  ['alter table a drop column b, drop column c', ['drop column b', 'drop column c']],
  ['delete from a', ['delete without where']],
  ['delete from a where id = 1; update a set b = 1', ['update without where']],
  ["insert into a values ('drop table a')", []],
];

describe('the review of DDL', () => {
  for (const [sql, taken] of table) {
    it(`finds ${taken.join(', ') || 'nothing'} in: ${sql}`, async () =>
      assert.deepEqual(await reviewSql(sql), { taken, blocks: 0 }));
  }

  it('says where it cannot look', async () => {
    assert.equal((await reviewSql('do $$ begin drop table a; end $$')).blocks, 1);
    await assert.rejects(reviewSql('create tabel a ()'), /syntax error/);
  });
});

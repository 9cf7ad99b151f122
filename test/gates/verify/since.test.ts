import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'mocha';
import { type DatabaseDigest, digestDatabase } from '../../../gates/verify/compare-content.ts';
import { type KeptSideRecord, keepLeaves, keptSide } from '../../../gates/verify/kept-leaves.ts';
import { majors, type VerifyDatabase, verifyDatabase } from './verify-servers.ts';

const modules = [{ name: 'all', tables: ['public.*'] }];
const rows = 20_000;
const make = `
create type mood as enum ('calm', 'busy');
create table plain (id bigint primary key, v int, w text default 'w');
insert into plain select i, i, 'w' from generate_series(1, ${rows}) i;
create table by_uuid (id uuid primary key, v int); insert into by_uuid select md5(i::text)::uuid, i from generate_series(1, ${rows}) i;
create table no_key (v int); insert into no_key select i from generate_series(1, 100) i;
create table moods (id int primary key, m mood); insert into moods select i, 'calm' from generate_series(1, 100) i;
create table parts (id int primary key, v int) partition by range (id);
create table parts_low partition of parts for values from (0) to (5000);
create table parts_high partition of parts for values from (5000) to (99999);
insert into parts select i, i from generate_series(1, 9000) i;
create table spare (id int primary key, v int); insert into spare select i, -i from generate_series(5000, 9000) i;
create table twin (id bigint primary key, v int, w text default 'w');
insert into twin select i, -i, 'w' from generate_series(1, ${rows}) i;
create table computed (id int primary key, v int, twice int generated always as (v * 2) virtual);
insert into computed select i, i from generate_series(1, 100) i;
`;

describe('a digest of what changed since', () => {
  let database: VerifyDatabase;
  let kept: KeptSideRecord;

  before(async () => {
    database = await verifyDatabase(majors.target);
    await database.run(make);
  });

  beforeEach(async () => {
    const snapshot = await database.snapshot();
    kept = await keepLeaves(snapshot, (await digested(snapshot)).tables);
    await snapshot.close();
  });

  const changes: readonly (readonly [string, string, Readonly<Record<string, number>>])[] = [
    ['nothing', 'select', { plain: 0, by_uuid: 0, parts: 0 }],
    ['a changed row', 'update plain set v = v + 1 where id = 7000', { plain: 1, by_uuid: 0 }],
    ['an inserted row', `insert into plain values (${rows + 1}, 1)`, { plain: 1 }],
    ['a deleted row', 'delete from plain where id = 9', { plain: 1, by_uuid: 0 }],
    [
      'a deleted row beside a changed one',
      'delete from plain where id = 10; update plain set v = 1 where id = 9000',
      { plain: 2 },
    ],
    ['every row of a leaf deleted', 'delete from plain where id between 15360 and 16383', { plain: 1 }],
    ['a row under another key', 'update plain set id = 20010 where id = 5000', { plain: 2 }],
    [
      'a row gone and one come in the same leaf',
      'delete from plain where id = 12; insert into plain values (0, 0)',
      {},
    ],
    ['rows of a uuid key', `update by_uuid set v = 0 where v = 17`, { by_uuid: 1, plain: 0 }],
    ['a row of a partition', 'update parts set v = 0 where id = 6000', { parts: 1 }],
    ['a row without a key', 'update no_key set v = 0 where v = 5', { plain: 0 }],
    ['many rows', 'update plain set v = v + 1 where id % 3 = 0', { by_uuid: 0 }],
    ['all rows written anew', 'create table copied as table plain; truncate plain; insert into plain table copied', {}],
    ['a table that is new', 'create table more (id int primary key); insert into more values (1)', { plain: 0 }],
    ['vacuum', 'select', { plain: 0 }],
    // What changes values without writing a row.
    ['a column made again', `alter table plain drop column w; alter table plain add column w text default 'other'`, {}],
    ['a renamed label of an enum', `alter type mood rename value 'calm' to 'quiet'`, { plain: 0 }],
    [
      'a partition with as many rows in the place of another',
      `alter table parts detach partition parts_high; delete from spare where id not in (select id from parts_high);
       alter table parts attach partition spare for values from (5000) to (99999)`,
      {},
    ],
    [
      'two tables that changed names',
      'alter table plain rename to old; alter table twin rename to plain; alter table old rename to twin',
      {},
    ],
    ['another expression', 'alter table computed alter column twice set expression as (v * 3)', {}],
  ];
  for (const [what, change, leaves] of changes) {
    it(`has the roots of a whole one after ${what}`, async () => {
      if (what === 'vacuum') await database.run('vacuum (full, freeze) plain');
      else await database.run(change);
      const snapshot = await database.snapshot(2);
      try {
        const [whole, since] = [await digested(snapshot), await digested(snapshot, kept)];
        assert.deepEqual(since.roots, whole.roots);
        for (const [table, count] of Object.entries(leaves)) {
          assert.equal(since.tables.find(({ table: { name } }) => name === `public.${table}`)?.digested, count, table);
        }
      } finally {
        await snapshot.close();
      }
    });
  }

  it('sees a row whose transaction was under way at the earlier snapshot', async () => {
    const before = await database.snapshot();
    const busy = await database.changed('update plain set v = 77 where id = 3'); // open, and not seen by the next
    const during = await database.snapshot();
    const then = await keepLeaves(during, (await digested(during)).tables);
    await busy.sessions[0]?.query('commit');
    for (const each of [before, busy, during]) await each.close();
    const snapshot = await database.snapshot();
    try {
      assert.deepEqual((await digested(snapshot, then)).roots, (await digested(snapshot)).roots);
      assert.equal(
        (await digested(snapshot, then)).tables.find(({ table }) => table.name === 'public.plain')?.digested,
        1,
      );
    } finally {
      await snapshot.close();
    }
  });

  for (const [what, change] of [
    ['another server, or one that was started again', { system: 'another' }],
    ['more transactions ago than can be told apart', { horizon: '-2147483648' }],
    ['a time that has not come', { horizon: '99999999999' }],
  ] as const) {
    it(`is a whole one where the leaves are of ${what}`, async () => {
      const snapshot = await database.snapshot();
      try {
        const { tables } = await digested(snapshot, { ...kept, ...change });
        for (const { digested: count, sums } of tables) assert.equal(count, sums.size);
      } finally {
        await snapshot.close();
      }
    });
  }
});

type Snapshot = Awaited<ReturnType<VerifyDatabase['snapshot']>>;

async function digested(snapshot: Snapshot, kept?: KeptSideRecord): Promise<DatabaseDigest> {
  const { digest, findings } = await digestDatabase(snapshot, modules, { kept: kept && keptSide(kept) });
  assert.deepEqual(findings, []);
  assert.ok(digest);
  return digest;
}

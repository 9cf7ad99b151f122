import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { compareContent } from '../../../gates/verify/compare-content.ts';
import { firstSession } from '../../../gates/verify/snapshot.ts';
import { majors, type VerifyDatabase, verifyDatabase } from './verify-servers.ts';

const modules = [{ name: 'all', tables: ['public.*'] }];
const rows = 60_000;
const make = `
create table plain (id bigint primary key, v int); insert into plain select i, i from generate_series(1, ${rows}) i;
create table skewed (id bigint primary key, v int); insert into skewed select i, i from generate_series(1, ${rows}) i;
insert into skewed values (9000000000000000000, 0), (-9000000000000000000, 0);
create table by_uuid (id uuid primary key, v int); insert into by_uuid select md5(i::text)::uuid, i from generate_series(1, ${rows}) i;
create table no_key (v int); insert into no_key select i from generate_series(1, ${rows}) i;
insert into no_key select 7 from generate_series(1, ${rows}) i;
`;

/** Larger than what is opened at once, so that leaves have to be divided. */
describe('a difference in a large table', () => {
  let source: VerifyDatabase;
  let target: VerifyDatabase;

  before(async () => {
    source = await verifyDatabase(majors.target);
    target = await verifyDatabase(majors.target);
    for (const side of [source, target]) await side.run(make);
  });

  for (const table of ['plain', 'skewed', 'by_uuid']) {
    it(`of kind ${table} is located to the row`, async () => {
      const { rows: found, complete } = await located(`update ${table} set v = -1 where v = 4711`, table);
      assert.equal(complete, true);
      assert.deepEqual(
        found.map(({ kind, columns }) => ({ kind, columns })),
        [{ kind: 'changed', columns: ['v'] }],
      );
    });
  }

  it('without a key is told by digest and number of copies', async () => {
    const change = 'delete from no_key where ctid = any (array(select ctid from no_key where v = 7 limit 3))';
    const { rows: found, complete } = await located(change, 'no_key');
    assert.equal(complete, true);
    assert.deepEqual(
      found.map(({ kind, copies }) => [kind, copies?.count]),
      [['missing', 3]],
    );
  });

  it('everywhere is shown up to the limit, and said to be more', async () => {
    const { rows: found, complete } = await located('update plain set v = v + 1', 'plain');
    assert.equal(complete, false);
    assert.equal(found.length, 20);
  });

  it('that is committed after the snapshot is not in it, for any of its workers', async () => {
    const [here, there] = [await source.snapshot(2), await target.snapshot(2)];
    try {
      await target.run('update plain set v = -1 where id = 1');
      assert.deepEqual((await compareContent(here, there, { modules, limit: 20, values: false })).findings, []);
    } finally {
      await here.close();
      await there.close();
      await target.run('update plain set v = 1 where id = 1');
    }
  });

  for (const [table, change] of [
    ['plain', 'update plain set v = -1 where v = 4711'],
    ['skewed', 'update skewed set v = -1 where v % 1000 = 0'],
    ['by_uuid', 'update by_uuid set v = v + 1'],
    ['no_key', 'update no_key set v = v + 1 where v % 2 = 0'],
  ] as const) {
    it(`is located with few queries, however many rows of ${table} there are`, async () => {
      const queries = { same: 0, other: 0 };
      for (const [kind, made] of [
        ['same', 'select'],
        ['other', change],
      ] as const) {
        const [here, there] = [await source.snapshot(), await target.changed(made)];
        const client = firstSession(here);
        const query = client.query.bind(client) as (...args: unknown[]) => unknown;
        Object.assign(client, {
          query: (...args: unknown[]) => {
            queries[kind] += 1;
            return query(...args);
          },
        });
        try {
          await compareContent(here, there, { modules, limit: 20, values: false });
        } finally {
          await here.close();
          await there.close();
        }
      }
      // A leaf is divided by 2^6 a query: from 2^52 keys to single ones in nine, and two for the rows.
      const more = queries.other - queries.same;
      assert.ok(more >= 1 && more <= 11, `${more} queries`);
    });
  }

  async function located(change: string, table: string) {
    const [here, there] = [await source.snapshot(), await target.changed(change)];
    try {
      const { differences } = await compareContent(here, there, { modules, limit: 20, values: false });
      assert.deepEqual([...differences.keys()], [`public.${table}`]);
      const location = differences.get(`public.${table}`);
      assert.ok(location);
      return location;
    } finally {
      await here.close();
      await there.close();
    }
  }
});

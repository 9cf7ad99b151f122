import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Finding } from '../../../../gates/kernel/verdict.ts';
import type { Location } from '../../../../gates/verify/locate.ts';
import type { RunRecord } from '../../../../gates/verify/records.ts';
import type { Feed } from '../../../../gates/verify/touched/feed.ts';
import { schemaProblems } from '../../../support/schema-problems.ts';
import { type Replicated, replicated } from './replicated.ts';

const schema = `
create table plain (id bigint primary key, v int, long text); alter table plain alter long set storage external;
create table by_text (code text, "part No" char(4), v int, primary key (code, "part No"));
create table by_uuid (id uuid primary key, v int);
create table parts (id int primary key, v int) partition by range (id);
create table parts_low partition of parts for values from (0) to (5000);
create table parts_high partition of parts for values from (5000) to (99999);
create table cut (id int primary key);
create table no_key (v int); alter table no_key replica identity full;
create table alone (id int primary key, v int);
`;
const rows = `
insert into plain select i, i, case when i % 1000 = 0 then repeat('x', 9000) end from generate_series(1, 20000) i;
insert into by_text select 'c' || i % 100, i / 100, i from generate_series(1, 5000) i;
insert into by_uuid select md5(i::text)::uuid, i from generate_series(1, 5000) i;
insert into parts select i, i from generate_series(1, 9000) i;
insert into cut select i from generate_series(1, 100) i;
insert into no_key select i from generate_series(1, 100) i;
insert into alone select i, i from generate_series(1, 100) i;
`;
const changes = `
update plain set v = -1 where id = 17; update plain set id = 30000 where id = 18; delete from plain where id = 19;
insert into plain values (30001, 1); update plain set v = 0 where id = 1000;
update by_text set v = 0 where v = 41; update by_text set code = 'other' where v = 42;
update by_uuid set v = 0 where v = 43; delete from by_uuid where v = 44;
update parts set id = 9500 where id = 4; update parts set v = 0 where id = 5;
`;
/** Can be made again and again. */
const moves = `
update plain set v = v - 1 where id between 20 and 40; update by_text set v = -v where abs(v) between 50 and 60;
update by_uuid set id = md5(random()::text)::uuid where v = 45; update parts set v = v + 1 where id % 100 = 0;
`;

describe('a verification of a source that moves', () => {
  let pair: Replicated;
  let feed: Feed;

  before(async () => {
    pair = await replicated(
      schema,
      rows,
      `create publication followed for table plain, by_text, by_uuid, parts, cut, no_key, alone with (publish_via_partition_root)`,
    );
    feed = await pair.openFeed();
  });

  after(async () => pair.close());

  it('leaves out the rows that changed between the snapshots, and those only', async () => {
    const { findings, moving, source, target } = await pair.verify(feed, { meanwhile: () => pair.source.run(changes) });
    assert.deepEqual(findings, []);
    assert.deepEqual(moving?.rows, {
      'public.plain': 6,
      'public.by_text': 3,
      'public.by_uuid': 2,
      'public.parts': 3,
    });
    assert.equal(moving?.lsn, source?.lsn);
    assert.notEqual(source?.digest?.roots.database, target?.digest?.roots.database);
    assert.deepEqual((await pair.compare(feed)).findings, []);
  });

  const planted: readonly (readonly [string, string, string, readonly (readonly [string, string])[]])[] = [
    [
      'a changed row',
      'update plain set v = -7 where id = 5000',
      'update plain set v = 5000 where id = 5000',
      [['public.plain', 'changed id=5000']],
    ],
    [
      'a lost row',
      'delete from by_uuid where v = 100',
      `insert into by_uuid values (md5('100')::uuid, 100)`,
      [['public.by_uuid', 'missing id=']],
    ],
    [
      'a row too many',
      'insert into parts values (9900, 1)',
      'delete from parts where id = 9900',
      [['public.parts', 'not expected id=9900']],
    ],
    [
      'a changed row of a composite key',
      'update by_text set v = -7 where v = 4000',
      'update by_text set v = 4000 where v = -7',
      [['public.by_text', 'changed code=c0 part No=40']],
    ],
  ];
  for (const [what, change, undo, expected] of planted) {
    it(`finds ${what} of the target that the source did not touch, among rows that move`, async () => {
      await inTarget(change, undo, async () => {
        const { findings, differences } = await pair.verify(feed, {
          meanwhile: () => pair.source.run(moves),
        });
        assertLocated(findings, differences, expected);
      });
    });
  }

  it('finds a difference in a row that moves when writes are frozen, and not before', async () => {
    feed = await pair.openFeed();
    await pair.source.run('update plain set v = 1 where id = 600; update by_text set v = 99601 where v = 601');
    await pair.caughtUp();
    const undo = `update plain set v = 1 where id = 600; insert into by_text values ('c1', '6', 99601)`;
    await inTarget('update plain set v = -7 where id = 600; delete from by_text where v = 99601', undo, async () => {
      const { findings: whileMoving, source } = await pair.verify(feed);
      assert.deepEqual(whileMoving, []);
      // What is approved is the root of the source; the target, which is not equal yet, cannot have it.
      const expected = source?.digest?.roots.database as string;
      assert.deepEqual((await pair.verify(feed, { expected })).findings, []);
      const { findings: unexpected } = await pair.verify(feed, { expected: '0'.repeat(64) });
      assert.deepEqual(
        unexpected.map(({ code, about }) => [code, about]),
        [['ROOT_UNEXPECTED', 'source']],
      );
      const { findings, differences, compared } = await pair.compare(feed);
      assert.deepEqual(
        [...compared],
        [
          ['public.plain', 1],
          ['public.by_text', 1],
        ],
      );
      assertLocated(findings, differences, [
        ['public.by_text', 'missing code=c1 part No=6'],
        ['public.plain', 'changed id=600'],
      ]);
    });
  });

  it('has in its record the position that it was verified to, and how many rows move', async () => {
    feed = await pair.openFeed();
    const record = (await pair.record(feed, {
      meanwhile: () => pair.source.run('update plain set v = 9 where id in (700, 701)'),
    })) as RunRecord;
    assert.deepEqual(await schemaProblems('gates/verify/run.schema.json', record), []);
    assert.equal(record.verdict, 'passed');
    assert.equal(record.moving?.lsn, record.source?.lsn);
    assert.deepEqual(record.moving?.rows, { 'public.plain': 2 });
  });

  it('takes a table that is equal for what it is, however it moved', async () => {
    feed = await pair.openFeed();
    await pair.source.run('truncate cut; insert into cut values (1); insert into no_key values (7)');
    await pair.caughtUp();
    const { findings, moving } = await pair.verify(feed);
    assert.deepEqual(findings, []);
    assert.deepEqual(moving?.rows, { 'public.cut': 'all', 'public.no_key': 'all' });
    assert.deepEqual(
      [...(await pair.compare(feed)).compared],
      [
        ['public.cut', 'all'],
        ['public.no_key', 'all'],
      ],
    );
  });

  it('does not tell of tables that were truncated or have no key, and differ', async () => {
    const { findings } = await pair.verify(feed, {
      meanwhile: () => pair.source.run('truncate cut; insert into cut values (1), (2); insert into no_key values (8)'),
    });
    assert.deepEqual(
      findings.map(({ code, about }) => [code, about]),
      [
        ['TABLE_MOVING', 'public.cut'],
        ['TABLE_MOVING', 'public.no_key'],
      ],
    );
  });

  it('compares a table whole when writes are frozen, where it is not known which rows were touched', async () => {
    await inTarget('insert into cut values (77)', 'delete from cut where id = 77', async () => {
      const { findings, differences } = await pair.compare(feed);
      assertLocated(findings, differences, [['public.cut', 'not expected id=77']]);
    });
  });

  it('does not tell of a table in which more rows move than may', async () => {
    feed = await pair.openFeed();
    const { findings } = await pair.verify(feed, {
      mostRows: 10,
      meanwhile: () => pair.source.run('update plain set v = v + 1 where id between 2000 and 2010'),
    });
    assert.deepEqual(
      findings.map(({ code, about }) => [code, about]),
      [['TABLE_MOVING', 'public.plain']],
    );
  });

  it('is inconclusive when the feed is not the one that was opened', async () => {
    await pair.source.run('update alone set v = 0');
    await pair.openFeed();
    const { findings } = await pair.verify(feed);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['FEED_LOST'],
    );
  });

  /** Makes a change on the target, and takes it back. */
  async function inTarget(change: string, undo: string, work: () => Promise<void>): Promise<void> {
    await pair.caughtUp();
    await pair.target.run(change);
    await work().finally(() => pair.target.run(undo));
  }
});

function assertLocated(
  findings: readonly Finding[],
  differences: ReadonlyMap<string, Location>,
  expected: readonly (readonly [string, string])[],
): void {
  const codes = new Set(findings.map(({ code }) => code));
  codes.delete('COUNTS_DIFFER');
  assert.deepEqual([...codes], ['CONTENT_DIFFERS'], JSON.stringify(findings));
  const lines = [...differences].flatMap(([name, { rows: found, complete }]) => {
    assert.ok(complete);
    return found.map(({ kind, key }) => [
      name,
      `${kind} ${Object.entries(key)
        .map((pair) => pair.join('='))
        .join(' ')}`,
    ]);
  });
  assert.equal(lines.length, expected.length, JSON.stringify(lines));
  for (const [index, [table, line]] of expected.entries()) {
    assert.equal(lines[index]?.[0], table);
    assert.ok(lines[index]?.[1]?.startsWith(line), `${lines[index]?.[1]} instead of ${line}`);
  }
}

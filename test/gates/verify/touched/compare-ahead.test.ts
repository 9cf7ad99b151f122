import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { advanceFeed } from '../../../../gates/verify/touched/feed.ts';
import type { Touched } from '../../../../gates/verify/touched/touched-keys.ts';
import { type Replicated, replicated } from './replicated.ts';

const schema = `
create table rows (id int primary key, v int);
create table others (id int primary key, v int);
create table keyless (v int); alter table keyless replica identity full;
`;
const rows = `
insert into rows select i, i from generate_series(1, 1000) i;
insert into others select i, i from generate_series(1, 1000) i;
insert into keyless select i from generate_series(1, 10) i;
`;

describe('a comparison ahead of the freeze', () => {
  let pair: Replicated;
  before(async () => {
    pair = await replicated(schema, rows, 'create publication followed for table rows, others, keyless');
  });
  after(() => pair.close());

  const session = async (url: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  };
  const count = ({ tables }: Touched) =>
    Object.fromEntries([...tables].map(([name, of]) => [name, of.kind === 'all' ? 'all' : [...of.keys].toSorted()]));

  it('compares what rests, and leaves what is touched meanwhile', async () => {
    const feed = await pair.openFeed();
    await pair.source.run('update rows set v = v + 1 where id <= 100; update others set v = v + 1 where id = 7');
    const found = await pair.ahead(feed, {
      meanwhile: () => pair.source.run('update rows set v = v + 1 where id in (3, 500)'),
    });
    assert.ok(found);
    assert.deepEqual(found.findings, []);
    assert.deepEqual(Object.fromEntries(found.compared), { 'public.rows': 99, 'public.others': 1 });
    assert.deepEqual(count(found.left), { 'public.rows': ['3', '500'] });
  });

  it('goes on from what was left, and the feed tells again what it let go of only as far as that', async () => {
    const feed = await pair.openFeed();
    await pair.source.run('update rows set v = v + 1 where id = 1');
    const first = await pair.ahead(feed, {
      meanwhile: () => pair.source.run('update rows set v = v + 1 where id = 2'),
    });
    assert.ok(first);
    assert.deepEqual(count(first.left), { 'public.rows': ['2'] });
    const client = await session(pair.source.url);
    const advanced = await advanceFeed(client, feed, first.left.upTo).finally(() => client.end());
    await pair.source.run('update others set v = v + 1 where id = 3');
    const second = await pair.ahead(advanced, { before: first.left });
    assert.ok(second);
    assert.deepEqual(Object.fromEntries(second.compared), { 'public.rows': 1, 'public.others': 1 });
    assert.deepEqual(count(second.left), {});
  });

  it('finds a row that the target has otherwise, before anything is frozen', async () => {
    const feed = await pair.openFeed();
    await pair.source.run('update others set v = v + 1 where id in (10, 11, 12)');
    await pair.caughtUp();
    await pair.target.run('update others set v = -1 where id = 11');
    const found = await pair.ahead(feed);
    assert.deepEqual(
      found?.findings.map(({ code, about, found: what }) => [code, about, what]),
      [['CONTENT_DIFFERS', 'public.others', '3 touched rows, 1 different: changed id=11 in v']],
    );
    await pair.source.run('update others set v = v + 1 where id = 11');
    await pair.caughtUp();
  });

  it('leaves a table whose rows cannot be told apart to the freeze, whole', async () => {
    const feed = await pair.openFeed();
    await pair.source.run('update keyless set v = v + 1 where v = 3');
    const found = await pair.ahead(feed);
    assert.ok(found);
    assert.deepEqual(count(found.left), { 'public.keyless': 'all' });
    assert.deepEqual([...found.compared], []);
  });

  it('is none where a transaction writes for longer than it waits', async () => {
    const feed = await pair.openFeed();
    const writer = await session(pair.source.url);
    try {
      await writer.query('begin; update rows set v = v + 1 where id = 77');
      assert.equal(await pair.ahead(feed, { waitSeconds: 0.2 }), undefined);
      await writer.query('commit');
    } finally {
      await writer.end();
    }
    const found = await pair.ahead(feed);
    assert.deepEqual(found && count(found.left), {});
    assert.deepEqual(Object.fromEntries(found?.compared ?? []), { 'public.rows': 1 });
  });
});

import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import pg from 'pg';
import { GateError } from '../../../../gates/kernel/gate-error.ts';
import { advanceFeed, closeFeed, type Feed, feedSchema, openFeed } from '../../../../gates/verify/touched/feed.ts';
import { type ReadTouchedOptions, readTouched } from '../../../../gates/verify/touched/read-touched.ts';
import type { Touched } from '../../../../gates/verify/touched/touched-keys.ts';
import { keptTouched, touchedRecord } from '../../../../gates/verify/touched/touched-record.ts';
import { merged } from '../../../../gates/verify/touched/verify-touched.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../verify-servers.ts';

const make = `
create table plain (id bigint primary key, v int, long text);
alter table plain alter long set storage external;
insert into plain select i, i, repeat('x', 9000) from generate_series(1, 20) i;
create table "Odd ""Table" ("The Key" text, "b" uuid, v int, primary key ("The Key", "b"));
create table exact_types (at timestamptz, f float8, n numeric, c char(5), flag boolean, primary key (at, f, n, c, flag));
create table whole (id int primary key, v int); alter table whole replica identity full;
create table no_key (v int); alter table no_key replica identity full;
create table inserted_only (v int);
create table by_index (id int primary key, code text not null unique, v int);
alter table by_index replica identity using index by_index_code_key;
create table parts (id int primary key, v int) partition by range (id);
create table parts_low partition of parts for values from (0) to (100);
create table parts_high partition of parts for values from (100) to (200);
create table cut (id int primary key);
create table unseen (id int primary key);
create schema sallyport; create table sallyport.own (id int primary key);
create publication all_of_it for table plain, "Odd ""Table", exact_types, whole, no_key, inserted_only, by_index, parts, cut, sallyport.own;
create publication by_root for table parts, plain with (publish_via_partition_root);
create publication part_of_it for table plain with (publish = 'insert');
create publication filtered for table plain where (id > 5);
insert into cut values (1);
`;

for (const major of [majors.source, majors.target]) {
  describe(`a feed of PostgreSQL ${major}`, () => {
    let database: VerifyDatabase;
    let client: pg.Client;
    let feed: Feed;

    before(async () => {
      // How a client of the source would have its dates does not matter to a feed.
      database = await verifyDatabase(major, {
        datestyle: 'SQL, DMY',
        timezone: 'Asia/Kolkata',
        extra_float_digits: '0',
      });
      await database.run(make);
    });

    beforeEach(async () => {
      client = new pg.Client(database.url);
      await client.connect();
      feed = await openFeed(client, { slot: `feed_${major}`, publication: 'all_of_it' });
    });

    afterEach(async () => {
      await closeFeed(client, feed.slot);
      await client.end();
    });

    const cases: readonly (readonly [string, string, Readonly<Record<string, readonly string[] | string>>])[] = [
      ['nothing', 'select', {}],
      ['an insert', 'insert into plain values (100, 1)', { 'public.plain': ['100'] }],
      ['a changed row', 'update plain set v = 0 where id = 1', { 'public.plain': ['1'] }],
      ['a deleted row', 'delete from plain where id = 2', { 'public.plain': ['2'] }],
      ['a row under another key', 'update plain set id = 300 where id = 3', { 'public.plain': ['3', '300'] }],
      ['what was taken back', 'begin; update plain set v = 9 where id = 4; rollback', {}],
      [
        'what was taken back to a savepoint',
        'begin; savepoint a; delete from plain where id = 5; rollback to a; delete from plain where id = 6; commit',
        { 'public.plain': ['6'] },
      ],
      [
        'quoted names and several columns',
        `insert into "Odd ""Table" values (E'a|b\\n''', '00000000-0000-0000-0000-000000000001', 1)`,
        { 'public."Odd ""Table"': [`a|b\n'|00000000-0000-0000-0000-000000000001`] },
      ],
      [
        'keys whose text depends on settings',
        `insert into exact_types values ('2025-02-03 04:05:06.789+00', 0.1::float8 + 0.2, 1.00, 'a', true)`,
        { 'public.exact_types': ['2025-02-03 04:05:06.789+00|a    |0.30000000000000004|t|1.00'] },
      ],
      [
        'a table of full identity',
        'insert into whole values (1, 1); update whole set id = 2',
        { 'public.whole': ['1', '2'] },
      ],
      ['rows without a key', 'insert into no_key values (1)', { 'public.no_key': 'its rows have no key' }],
      [
        'inserts without a key',
        'insert into inserted_only values (1)',
        { 'public.inserted_only': 'its rows have no key' },
      ],
      [
        'an identity by another index',
        `insert into by_index values (1, 'x', 1); update by_index set id = 2; update by_index set code = 'y'`,
        { 'public.by_index': ['x', 'y'] },
      ],
      [
        'partitions, and a row that moves between them',
        'insert into parts values (1, 1), (150, 1); update parts set id = 160 where id = 1',
        { 'public.parts': ['1', '150', '160'] },
      ],
      ['a truncated table', 'insert into cut values (7); truncate cut', { 'public.cut': 'it was truncated' }],
      ['a truncated partition', 'truncate parts_high', { 'public.parts': 'it was truncated' }],
      ['tables that are not verified', 'insert into sallyport.own values (1)', {}],
      ['a table that is not published', 'insert into unseen values (1)', {}],
      ['a large value that did not change', `update plain set v = 2 where id = 8`, { 'public.plain': ['8'] }],
      [
        'tables written anew',
        'alter table plain alter v type bigint; insert into plain values (400, 4)',
        { 'public.plain': ['400'] },
      ],
    ];
    for (const [what, change, expected] of cases) {
      it(`tells of ${what}`, async () => {
        await database.run(change);
        const { 'public.unseen': unseen, ...told } = shown(await read());
        assert.equal(unseen, 'it is not in the publication');
        assert.deepEqual(told, expected);
      });
    }

    it('tells only of what was committed up to the position that is asked for, and again until it is let go', async () => {
      await database.run('update plain set v = 0 where id = 10');
      const upTo = await position();
      await database.run('update plain set v = 0 where id = 11');
      for (let reading = 0; reading < 2; reading += 1) {
        assert.deepEqual(shown(await read({}, upTo))['public.plain'], ['10']);
      }
      const advanced = await advanceFeed(client, feed, upTo);
      assert.deepEqual(await advanceFeed(client, feed, upTo), advanced);
      assert.deepEqual(shown(await readTouched(client, advanced, await position()))['public.plain'], ['11']);
      await refuses(() => read(), 'FEED_LOST'); // what was let go is not there for whoever still needs it
    });

    it('has a transaction that was under way when it was opened', async () => {
      const busy = new pg.Client(database.url);
      await busy.connect();
      await busy.query('begin; update plain set v = 5 where id = 12');
      const opening = openFeed(client, feed);
      await busy.query('update plain set v = 5 where id = 13');
      await busy.query('commit');
      await busy.end();
      feed = await opening;
      await database.run('update plain set v = 5 where id = 14');
      // Either it is in the feed, or every snapshot shows it from here on.
      assert.ok((shown(await read())['public.plain'] as string[]).includes('14'));
    });

    it('says of an opening whose session is gone that its slot stays, and the next one takes that over', async () => {
      await closeFeed(client, feed.slot);
      const opener = new pg.Client(database.url);
      opener.on('error', () => undefined); // its session is ended here
      await opener.connect();
      const query = opener.query.bind(opener) as (...args: unknown[]) => Promise<pg.QueryResult<{ pid: number }>>;
      const { rows } = await query('select pg_backend_pid() as pid');
      const ended = async (...args: unknown[]) => {
        const found = await query(...args);
        if (args[0] === 'commit') await client.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
        return found;
      };
      await assert.rejects(openFeed(Object.assign(opener, { query: ended }), feed), (error: GateError) => {
        assert.deepEqual(
          error.findings.map(({ code, about }) => `${code} ${about}`),
          [`DATABASE_UNREACHABLE ${feed.slot}`, `REPLICATION_LEFT ${feed.slot}`],
        );
        return true;
      });
      assert.equal(await slots(), 1);
      feed = await openFeed(client, feed);
      assert.equal(await slots(), 1);
    });

    it('takes a table with more keys than are kept as a whole', async () => {
      await database.run(
        'insert into cut select i from generate_series(1000, 1050) i; update plain set v = 1 where id = 15',
      );
      const told = shown(await read({ mostKeys: 50 }));
      assert.equal(told['public.cut'], 'more than 50 rows were touched');
      assert.deepEqual(told['public.plain'], ['15']);
    });

    it('is lost with its slot, and under the same name it is another one', async () => {
      const before = feed;
      await closeFeed(client, feed.slot);
      await closeFeed(client, feed.slot);
      await refuses(() => read(), 'FEED_LOST');
      await database.run('update plain set v = 3 where id = 16');
      feed = await openFeed(client, feed);
      await refuses(async () => readTouched(client, before, await position()), 'FEED_LOST');
    });

    it('is lost when the server no longer keeps the log for it', async () => {
      try {
        await database.run(`alter system set max_slot_wal_keep_size = '1MB'`);
        await database.run('select pg_reload_conf()');
        for (let segment = 0; segment < 4; segment += 1) {
          await database.run('update plain set v = v + 1 where id = 20');
          await database.run('select pg_switch_wal()');
        }
        await database.run('checkpoint');
        await refuses(() => read(), 'FEED_LOST');
        await refuses(async () => advanceFeed(client, feed, await position()), 'FEED_LOST');
      } finally {
        await database.run('alter system reset max_slot_wal_keep_size');
        await database.run('select pg_reload_conf()');
      }
    });

    it('is kept in JSON, and what was read of it before is added to what is read then', async () => {
      await database.run('update plain set v = 0 where id = 17; truncate cut');
      const first = keptTouched(JSON.parse(JSON.stringify(touchedRecord(await read()))));
      feed = await advanceFeed(client, feedSchema.parse(JSON.parse(JSON.stringify(feed))), first.upTo);
      await database.run('update plain set v = 0 where id in (17, 18); insert into cut values (1)');
      const { 'public.plain': plain, 'public.cut': cut } = shown(merged(first, await read()));
      assert.deepEqual([plain, cut], [['17', '18'], 'it was truncated']);
    });

    it('cannot be read beyond what was written', async () => {
      await refuses(() => read({}, 'FF/0'), 'FEED_UNREADABLE');
    });

    it('is not opened on a publication that leaves changes out, or that is not there', async () => {
      for (const publication of ['part_of_it', 'none']) {
        await refuses(() => openFeed(client, { slot: feed.slot, publication }), 'FEED_REFUSED');
      }
      assert.equal(await slots(), 0);
    });

    it('takes a table with a row filter as a whole', async () => {
      feed = await openFeed(client, { slot: feed.slot, publication: 'filtered' });
      assert.equal(shown(await read())['public.plain'], 'the publication has a row filter on it');
    });

    it('finds a truncated partition that is published as its root', async () => {
      feed = await openFeed(client, { slot: feed.slot, publication: 'by_root' });
      await database.run('insert into parts values (55, 1)');
      assert.deepEqual(shown(await read())['public.parts'], ['55']);
      await database.run('truncate parts_low');
      assert.equal(shown(await read())['public.parts'], 'a partition was truncated or written anew');
    });

    it('tells of a partition that came or went', async () => {
      await database.run('create table parts_more partition of parts for values from (200) to (300)');
      assert.equal(shown(await read())['public.parts'], 'it has other partitions than when the feed was opened');
      feed = await openFeed(client, feed);
      await database.run('insert into parts values (201, 1); drop table parts_more');
      assert.equal(shown(await read())['public.parts'], 'it has other partitions than when the feed was opened');
    });

    it('is not understood where a table came and went', async () => {
      await database.run(`create table brief (id int primary key); alter publication all_of_it add table brief;
        insert into brief values (1)`);
      await database.run('drop table brief');
      await refuses(() => read(), 'FEED_UNREADABLE');
    });

    it('reads in a session that may only read', async () => {
      await database.run('insert into plain values (500, 1)');
      await client.query('set default_transaction_read_only = on');
      assert.deepEqual(shown(await read())['public.plain'], ['500']);
    });

    async function slots(): Promise<number> {
      return (await client.query('select from pg_replication_slots where slot_name = $1', [feed.slot])).rowCount ?? -1;
    }

    async function position(): Promise<string> {
      return (await database.run('select pg_current_wal_insert_lsn()::text as lsn')).rows[0].lsn;
    }

    async function read(options: ReadTouchedOptions = {}, upTo?: string): Promise<Touched> {
      return readTouched(client, feed, upTo ?? (await position()), options);
    }

    async function refuses(work: () => Promise<unknown>, code: string): Promise<void> {
      await assert.rejects(work, (error) => {
        assert.ok(error instanceof GateError, String(error));
        assert.deepEqual(
          error.findings.map((finding) => finding.code),
          [code],
          error.message,
        );
        return true;
      });
    }
  });
}

/** Table → its keys, sorted, with | between their values; or why it is touched as a whole. */
function shown({ tables }: Touched): Record<string, readonly string[] | string> {
  return Object.fromEntries(
    [...tables].map(([name, touched]) => [
      name,
      touched.kind === 'all' ? touched.why : [...touched.keys].map((key) => key.replaceAll('\0', '|')).sort(),
    ]),
  );
}

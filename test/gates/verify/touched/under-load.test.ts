import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { advanceFeed, type Feed } from '../../../../gates/verify/touched/feed.ts';
import type { Touched } from '../../../../gates/verify/touched/touched-keys.ts';
import { type Replicated, replicated } from './replicated.ts';

const rounds = 8;
const writers = 3;
const schema = `
create table "Plain Rows" (id bigint primary key, v int, long text); alter table "Plain Rows" alter long set storage external;
create table by_text (code text, part char(4), at timestamptz, v numeric, primary key (code, part, at));
create table parts (id int primary key, v int) partition by range (id);
create table parts_low partition of parts for values from (0) to (5000);
create table parts_high partition of parts for values from (5000) to (99999);
create table whole (id uuid primary key, v int); alter table whole replica identity full;
`;
const rows = `
insert into "Plain Rows" select i, i, case when i % 100 = 0 then repeat('x', 9000) end from generate_series(1, 20000) i;
insert into by_text select 'c' || i % 100, i / 100, '2025-01-01'::timestamptz + i * interval '0.1 s', i from generate_series(1, 5000) i;
insert into parts select i, i from generate_series(1, 9000) i;
insert into whole select md5(i::text)::uuid, i from generate_series(1, 3000) i;
`;
const pick = (most: number) => 1 + Math.floor(Math.random() * most);
const sentences: readonly (() => string)[] = [
  () => `insert into "Plain Rows" values (${pick(40_000)}, 0) on conflict do nothing`,
  () => `update "Plain Rows" set v = v + 1 where id = ${pick(20_000)}`,
  () => `update "Plain Rows" set v = v + 1 where id in (select 100 * ${pick(200)})`,
  () => `update "Plain Rows" set id = ${pick(40_000)} where id = ${pick(20_000)}`,
  () => `delete from "Plain Rows" where id = ${pick(20_000)}`,
  () => `update by_text set v = v * 1.0 where v = ${pick(5_000)}`,
  () => `update by_text set at = at + interval '1 ms' where v = ${pick(5_000)}`,
  () => `update by_text set part = '${pick(99)}' where v = ${pick(5_000)}`,
  () => `update parts set id = ${pick(9_900)} where id = ${pick(9_900)}`,
  () => `delete from parts where id = ${pick(9_000)}`,
  () => `insert into parts values (${pick(9_900)}, 0) on conflict do nothing`,
  () => `update whole set v = v + 1 where v = ${pick(3_000)}`,
  () => `update whole set id = md5('${pick(9_000)}')::uuid where v = ${pick(3_000)}`,
];
const sentence = () => (sentences[pick(sentences.length) - 1] as () => string)();

for (const viaRoot of [true, false]) {
  describe(`a source under write load, partitions published ${viaRoot ? 'as their root' : 'by themselves'}`, () => {
    let pair: Replicated;

    before(async () => {
      pair = await replicated(
        schema,
        rows,
        `create publication followed for table "Plain Rows", by_text, parts, whole with (publish_via_partition_root = ${viaRoot})`,
      );
    });

    after(async () => pair.close());

    it('is verified again and again without a false difference, and what was touched is equal in the end', async () => {
      const feed = await pair.openFeed();
      const stop = new AbortController();
      const written = Array.from({ length: writers }, () => write(pair.source.url, stop.signal));
      let moved = 0;
      let [from, left, rested]: [Feed, Touched | undefined, number] = [feed, undefined, 0];
      const client = new pg.Client({ connectionString: pair.source.url });
      await client.connect();
      try {
        for (let round = 0; round < rounds; round += 1) {
          const { findings, moving } = await pair.verify(from);
          assert.deepEqual(findings, []);
          const ahead = await pair.ahead(from, { before: left });
          assert.ok(ahead);
          assert.deepEqual(ahead.findings, []);
          rested += [...ahead.compared.values()].reduce<number>((all, count) => all + Number(count), 0);
          // Each second time what is left is kept, and the feed lets go of what was read; else it tells all of it again.
          if (round % 2 === 0) [from, left] = [await advanceFeed(client, from, ahead.left.upTo), ahead.left];
          moved = Object.values(moving?.rows ?? {}).reduce<number>((all, count) => all + Number(count), 0);
        }
      } finally {
        stop.abort();
        await Promise.all(written);
        await client.end();
      }
      assert.ok(moved > 0);
      assert.ok(rested > 0);
      const { findings, compared } = await pair.compare(from, left);
      assert.deepEqual(findings, []);
      assert.equal(compared.size, 4);
    });

    it('has a lost update of a row that moves found when writes are frozen', async () => {
      await pair.target.run(`create function lose() returns trigger language plpgsql as $$ begin return null; end $$;
        create trigger lose before update on "Plain Rows" for each row when (new.id % 7 = 0) execute function lose();
        alter table "Plain Rows" enable always trigger lose`);
      const feed = await pair.openFeed();
      await pair.source.run('update "Plain Rows" set v = v - 1 where id % 70 = 0');
      await pair.caughtUp();
      assert.deepEqual((await pair.verify(feed)).findings, []);
      const { findings } = await pair.compare(feed);
      assert.deepEqual(
        findings.map(({ code, about }) => [code, about]),
        [['CONTENT_DIFFERS', 'public."Plain Rows"']],
      );
    });
  });
}

/** Writes until it is told to stop: single statements, and transactions that are committed or taken back. */
async function write(url: string, signal: AbortSignal): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const tried = async (sql: string) =>
    client.query(sql).catch((error: pg.DatabaseError) => {
      // Two writers took the same key, or waited for each other.
      if (!['23505', '40P01', '25P02'].includes(error.code ?? '')) throw error;
    });
  try {
    while (!signal.aborted) {
      if (pick(3) > 1) await tried(sentence());
      else {
        await client.query('begin');
        for (let more = pick(5); more > 0; more -= 1) await tried(sentence());
        await client.query(pick(2) === 1 ? 'commit' : 'rollback');
      }
    }
  } finally {
    await client.end();
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { ownServer } from '../../gates/rehearse/shadow/own-server.ts';
import { compareContent } from '../../gates/verify/compare-content.ts';
import { openSnapshot } from '../../gates/verify/snapshot.ts';
import { compareAhead } from '../../gates/verify/touched/compare-ahead.ts';
import { advanceFeed, closeFeed, type Feed, openFeed } from '../../gates/verify/touched/feed.ts';
import type { Touched } from '../../gates/verify/touched/touched-keys.ts';
import { verifyTouched } from '../../gates/verify/touched/verify-touched.ts';
import { postgresBinaries } from '../../infra/local/postgres/postgres-binaries.ts';
import { projectRoot } from '../project.ts';
import { type BenchRow, median } from './bench-row.ts';

const runs = 5;
const workers = 2;
const publication = 'bench_touched';
const modules = [{ name: 'all', tables: ['public.*'] }];

/** The two kinds of tables that `verify` measures, seven narrow rows to three wide ones. */
const schemaOf = (rows: number) => `
create table narrow (aid int primary key, bid int not null, abalance int, filler char(84));
insert into narrow select i, i % 10 + 1, i % 977, '' from generate_series(1, ${(rows * 7) / 10}) i;
create table wide (id bigint primary key, name text not null, email text, note text, doc jsonb, amount numeric(12, 2), rate numeric,
  created timestamptz not null, changed timestamptz, state text, active boolean not null, account uuid, quantity int, day date);
insert into wide select i, 'Customer ' || i, case when i % 3 > 0 then 'user' || i || '@example.com' end,
  case when i % 4 = 0 then repeat('note ', 12) || i end, jsonb_build_object('n', i, 'tags', array['a', 'b'], 'deep', jsonb_build_object('k', i % 7)),
  i / 100.0, i / 7.0, '2025-01-01'::timestamptz + i * interval '1 minute', case when i % 2 = 0 then '2025-06-01'::timestamptz + i * interval '1 s' end,
  (array['new', 'open', 'done'])[i % 3 + 1], i % 2 = 0, md5(i::text)::uuid, i % 100, '2025-01-01'::date + i % 365
  from generate_series(1, ${(rows * 3) / 10}) i;
`;
/** A set number of rows, spread over all of both tables. */
const touch = (rows: number, touched: number) => `
update narrow set abalance = abalance + 1 where aid % ${rows / touched} = 0;
update wide set quantity = quantity + 1 where id % ${rows / touched} = 0;
`;

/** Two databases with the same rows. */
interface Pair {
  /** Opens a feed on the one. */
  open(): Promise<void>;
  /** Makes the same changes in both. */
  touch(touched: number): Promise<void>;
  /** Milliseconds of a comparison of what was touched and not compared yet, the reading of the feed included. */
  touched(): Promise<number>;
  /** Compares what rests, as before a freeze; milliseconds. */
  ahead(): Promise<number>;
  /** Milliseconds of a whole verification of both sides. */
  whole(): Promise<number>;
  remove(): Promise<void>;
}

/**
 * What is verified while writes are frozen: the rows that were touched, read from the feed and compared on both sides; against a
 * whole verification of both, and at ten times the data.
 */
export async function benchTouched(): Promise<readonly BenchRow[]> {
  const directory = join('.sallyport', `bench-touched-${randomBytes(4).toString('hex')}`);
  await mkdir(join(projectRoot, directory), { recursive: true, mode: 0o755 });
  const { major } = await postgresBinaries(undefined, join(projectRoot, directory));
  const server = await ownServer(directory, major);
  const between = async (
    rows: readonly number[],
    touched: number,
    work: (pair: Pair, other: Pair) => Promise<Times>,
  ) => {
    const pairs: Pair[] = [];
    for (const each of rows) pairs.push(await pairOf(server.owner, each));
    // A feed is read through all of the server's log since it was opened: both of the same part of it.
    for (const pair of pairs) await pair.open();
    for (const pair of pairs) await pair.touch(touched);
    const times = await work(pairs.at(0) as Pair, pairs.at(-1) as Pair);
    for (const pair of pairs) await pair.remove();
    return times;
  };
  try {
    const part = await between([1_000_000], 1_000, againstWhole);
    const many = await between([1_000_000], 20_000, againstWhole);
    let aheadMs = 0;
    const left = await between([1_000_000], 20_000, async (pair) => {
      const all = await alternately(pair.touched, pair.touched);
      aheadMs = await pair.ahead();
      return { ours: (await alternately(pair.touched, pair.touched)).ours, other: all.ours };
    });
    const grown = await between([200_000, 2_000_000], 2_000, (small, large) =>
      alternately(large.touched, small.touched),
    );
    const note = `two tables, scattered rows, reading of the feed included, ${workers} sessions a side; median of ${runs}`;
    const row = (name: string, { ours, other }: Times, limit?: number): BenchRow => ({
      name: `touched: ${name}`,
      ...{ ours, other, unit: 'ms', ratio: ours / other, note },
      ...(limit !== undefined && { limit }),
    });
    return [
      row('1,000 of 1 million rows ÷ whole verification of both sides', part, 0.2),
      row('20,000 of 1 million rows ÷ whole verification of both sides', many),
      {
        ...row('while writes are frozen, 20,000 rows compared ahead ÷ none compared ahead', left),
        note: `the comparison ahead: ${Math.round(aheadMs)} ms, while the application writes; median of ${runs}`,
      },
      row('2,000 rows of 2 million ÷ 2,000 of 200,000', grown, 1.3),
    ];
  } finally {
    await server.remove();
    await rm(join(projectRoot, directory), { recursive: true, force: true });
  }
}

interface Times {
  readonly ours: number;
  readonly other: number;
}

function againstWhole(pair: Pair): Promise<Times> {
  return alternately(pair.touched, pair.whole);
}

/** Medians of two measures, taken in turns; the first of each finds nothing in any cache. */
async function alternately(ours: () => Promise<number>, other: () => Promise<number>): Promise<Times> {
  const times: [number[], number[]] = [[], []];
  for (let run = 0; run <= runs; run += 1) {
    const taken = [await ours(), await other()] as const;
    if (run > 0) for (const index of [0, 1] as const) times[index].push(taken[index]);
  }
  return { ours: median(times[0]), other: median(times[1]) };
}

async function pairOf(owner: string, rows: number): Promise<Pair> {
  const at = (database: string) => owner.replace(/[^/]*$/, database);
  const [source, target] = [`source_${rows}`, `target_${rows}`];
  await once(at('postgres'), `create database ${source}`);
  await once(at(source), schemaOf(rows));
  await once(at(source), 'vacuum (freeze, analyze)');
  await once(at('postgres'), `create database ${target} template ${source}`);
  await once(at(source), `create publication ${publication} for all tables`);
  const client = await open(at(source));
  const slot = `bench_touched_${rows}`;
  const sides = { source: () => open(at(source)), target: () => open(at(target)) };
  const shown = { limit: 20, values: false };
  let feed: Feed | undefined;
  let left: Touched | undefined;
  let expected = 0;
  return {
    open: async () => {
      feed = await openFeed(client, { slot, publication });
    },
    touch: async (touched) => {
      expected = touched;
      for (const database of [source, target]) await once(at(database), touch(rows, touched));
    },
    touched: () =>
      timed(async () => {
        if (feed === undefined) throw new Error('a feed that is not open; needed before it is read');
        const before = left && { before: left };
        const options = { feed, workers, boundSeconds: 600, ...shown, ...before };
        const { findings, compared } = await verifyTouched(sides, options);
        const keys = [...compared.values()].reduce<number>((all, count) => all + Number(count), 0);
        if (findings.length > 0 || keys !== expected) throw new Error(`${keys} rows, ${findings.length} findings`);
      }),
    ahead: () =>
      timed(async () => {
        if (feed === undefined) throw new Error('a feed that is not open; needed before it is read');
        const ahead = await compareAhead(sides, {
          ...{ feed, workers, boundSeconds: 600, waitSeconds: 30, ...shown },
          signal: AbortSignal.timeout(600_000),
          // Both sides were given the same changes.
          applied: async () => undefined,
        });
        if (ahead === undefined || ahead.findings.length > 0) throw new Error('equal rows were not found to be so');
        left = ahead.left;
        expected = 0;
        feed = await advanceFeed(client, feed, left.upTo);
      }),
    whole: () =>
      timed(async () => {
        const here = await openSnapshot(sides.source, workers, 600);
        const there = await openSnapshot(sides.target, workers, 600);
        const { findings } = await compareContent(here, there, { modules, ...shown });
        await Promise.all([here.close(), there.close()]);
        if (findings.length > 0) throw new Error('equal databases were found to differ');
      }),
    remove: async () => {
      await closeFeed(client, slot);
      await client.end();
      for (const database of [source, target]) await once(at('postgres'), `drop database ${database}`);
    },
  };
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function once(url: string, sql: string): Promise<void> {
  const client = await open(url);
  await client.query(sql).finally(() => client.end());
}

/** Milliseconds of wall time. */
async function timed(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

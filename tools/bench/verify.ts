import { digestDatabase } from '../../gates/verify/compare-content.ts';
import { keepLeaves, keptSide } from '../../gates/verify/kept-leaves.ts';
import { openSnapshot } from '../../gates/verify/snapshot.ts';
import { type BenchRow, median } from './bench-row.ts';
import { benchVerifyMemory } from './verify-memory.ts';
import { benchReladiff } from './verify-reladiff.ts';
import { bothSides, modules, once, oneSide, open, timed, withServer } from './verify-server.ts';

const runs = 5;
const narrow = 5_000_000;
const wide = 2_000_000;

/** The tables of the measured facts, at their size: pgbench's accounts, and one of fourteen columns of many types. */
const schema = `
create table narrow (aid int primary key, bid int not null, abalance int, filler char(84));
insert into narrow select i, i % 10 + 1, i % 977, '' from generate_series(1, ${narrow}) i;
create table wide (id bigint primary key, name text not null, email text, note text, doc jsonb, amount numeric(12, 2), rate numeric,
  created timestamptz not null, changed timestamptz, state text, active boolean not null, account uuid, quantity int, day date);
insert into wide select i, 'Customer ' || i, case when i % 3 > 0 then 'user' || i || '@example.com' end,
  case when i % 4 = 0 then repeat('note ', 12) || i end, jsonb_build_object('n', i, 'tags', array['a', 'b'], 'deep', jsonb_build_object('k', i % 7)),
  i / 100.0, i / 7.0, '2025-01-01'::timestamptz + i * interval '1 minute', case when i % 2 = 0 then '2025-06-01'::timestamptz + i * interval '1 s' end,
  (array['new', 'open', 'done'])[i % 3 + 1], i % 2 = 0, md5(i::text)::uuid, i % 100, '2025-01-01'::date + i % 365
  from generate_series(1, ${wide}) i;
`;
const tables = ['narrow', 'wide'];
const settle = 'vacuum (freeze, analyze)';
const copy = (table: string) => `copy ${table} to '/dev/null' with (format binary)`;
/** What pgcopydb asks of each table on each side: 32 bits of each row's text. */
const pgcopydb = (table: string) => `select count(1), sum(hashtext(t::text)::bigint) from only ${table} t`;

/**
 * Every row digested, with leaves and tree: of one side, against the server's own binary copy of the same tables to nowhere;
 * of both sides with their comparison, against the query of pgcopydb and against reladiff on both. And the memory it takes.
 */
export async function benchVerify(): Promise<readonly BenchRow[]> {
  const rows = await withServer(async ({ url, folder, database }) => {
    const sides = { source: url, target: database('candidate') };
    await once(url, schema);
    await once(url, settle);
    await once(database('postgres'), 'create database candidate template app');
    const copied = await measured(sides);
    const reladiff = await benchReladiff(sides, { narrow: 'aid', wide: 'id' }, folder);
    const newest = await changed(
      url,
      'the newest',
      (table, id) => `${id} > (select max(${id}) * 0.999 from ${table})`,
      0.2,
    );
    // Digested whole, with the look at each row on top: what was touched is known from replication in a cutover (see touched.ts).
    const spread = await changed(url, 'scattered', (_table, id) => `${id} % 1000 = 0`);
    return [...copied, reladiff, newest, spread];
  });
  return [...rows, ...(await benchVerifyMemory())];
}

async function measured(sides: { readonly source: string; readonly target: string }): Promise<readonly BenchRow[]> {
  const measures = {
    copied: async () => {
      for (const table of tables) await once(sides.source, copy(table));
    },
    alone: () => oneSide(sides.source, 1),
    together: () => oneSide(sides.source, 2),
    compared: () => bothSides(sides),
    pgcopydb: async () => {
      const urls = Object.values(sides).flatMap((url) => tables.map((table) => once(url, pgcopydb(table))));
      await Promise.all(urls);
    },
  };
  const times = { copied: [], alone: [], together: [], compared: [], pgcopydb: [] } as Record<string, number[]>;
  for (let run = 0; run <= runs; run += 1) {
    for (const [name, measure] of Object.entries(measures)) {
      const elapsed = await timed(measure);
      if (run > 0) times[name]?.push(elapsed); // the first finds nothing in any cache
    }
  }
  const of = (name: keyof typeof measures) => median(times[name] ?? []);
  const note = `${narrow + wide} rows in two tables, 128 bits a row and Merkle leaves; median of ${runs}`;
  const row = (name: string, ours: keyof typeof measures, other: keyof typeof measures, limit: number): BenchRow => ({
    name: `verify: content of ${name}`,
    ours: of(ours),
    other: of(other),
    unit: 'ms',
    ratio: of(ours) / of(other),
    limit,
    note,
  });
  return [
    row('one side, one worker ÷ COPY binary', 'alone', 'copied', 1.3),
    row('one side, two workers ÷ COPY binary', 'together', 'copied', 0.8),
    row("both sides ÷ pgcopydb's query", 'compared', 'pgcopydb', 0.6),
  ];
}

/** One side again after 0.1 % of its rows changed, by the leaves that were kept before ÷ by a whole run, both on one worker. */
async function changed(
  url: string,
  which: string,
  where: (table: string, id: string) => string,
  limit?: number,
): Promise<BenchRow> {
  const before = await openSnapshot(() => open(url), 1, 600);
  const { digest } = await digestDatabase(before, modules, {});
  const kept = keptSide(await keepLeaves(before, digest?.tables ?? []));
  await before.close();
  await once(url, `update narrow set abalance = abalance + 1 where ${where('narrow', 'aid')}`);
  await once(url, `update wide set quantity = quantity + 1 where ${where('wide', 'id')}`);
  const [since, whole]: [number[], number[]] = [[], []];
  for (let run = 0; run <= runs; run += 1) {
    const times = [await timed(() => oneSide(url, 1, kept)), await timed(() => oneSide(url, 1))] as const;
    if (run === 0) continue;
    since.push(times[0]);
    whole.push(times[1]);
  }
  return {
    name: `verify: one side after 0.1 % of rows changed (${which}) ÷ whole`,
    ours: median(since),
    other: median(whole),
    unit: 'ms',
    ratio: median(since) / median(whole),
    ...(limit !== undefined && { limit }),
    note: `${narrow + wide} rows in two tables, one worker; median of ${runs}`,
  };
}

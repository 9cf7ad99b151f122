import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { ownServer } from '../../gates/rehearse/shadow/own-server.ts';
import { compareContent, digestDatabase } from '../../gates/verify/compare-content.ts';
import { type KeptSide, keepLeaves, keptSide } from '../../gates/verify/kept-leaves.ts';
import { openSnapshot } from '../../gates/verify/snapshot.ts';
import { postgresBinaries } from '../../infra/local/postgres/postgres-binaries.ts';
import { projectRoot } from '../project.ts';
import { type BenchRow, median } from './bench-row.ts';

const runs = 5;
const narrow = 700_000;
const wide = 300_000;
const modules = [{ name: 'all', tables: ['public.*'] }];

/** The tables of the measured facts, smaller: pgbench's accounts, and one of fourteen columns of many types. */
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
 * of both sides with their comparison, against the query of pgcopydb on both.
 */
export async function benchVerify(): Promise<readonly BenchRow[]> {
  const directory = join('.sallyport', `bench-verify-${randomBytes(4).toString('hex')}`);
  await mkdir(join(projectRoot, directory), { recursive: true, mode: 0o755 });
  const { major } = await postgresBinaries(undefined, join(projectRoot, directory));
  const server = await ownServer(directory, major);
  try {
    const target = server.owner.replace(/[^/]*$/, 'candidate');
    await once(server.owner, schema);
    await once(server.owner, settle);
    await once(server.owner.replace(/[^/]*$/, 'postgres'), 'create database candidate template app');
    const rows = await measured({ source: server.owner, target });
    const newest = await changed(
      server.owner,
      'the newest',
      (table, id) => `${id} > (select max(${id}) * 0.999 from ${table})`,
    );
    const spread = await changed(server.owner, 'scattered', (_table, id) => `${id} % 1000 = 0`);
    return [...rows, newest, spread];
  } finally {
    await server.remove();
    await rm(join(projectRoot, directory), { recursive: true, force: true });
  }
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
async function changed(url: string, which: string, where: (table: string, id: string) => string): Promise<BenchRow> {
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
    limit: 0.2,
    note: `${narrow + wide} rows in two tables, one worker; median of ${runs}`,
  };
}

async function oneSide(url: string, workers: number, kept?: KeptSide): Promise<void> {
  const snapshot = await openSnapshot(() => open(url), workers, 600);
  try {
    await digestDatabase(snapshot, modules, { kept });
  } finally {
    await snapshot.close();
  }
}

async function bothSides({ source, target }: { readonly source: string; readonly target: string }): Promise<void> {
  const [here, there] = await Promise.all([source, target].map((url) => openSnapshot(() => open(url), 2, 600)));
  if (here === undefined || there === undefined) throw new Error('two snapshots; needed for a comparison');
  try {
    const { findings } = await compareContent(here, there, { modules, limit: 20, values: false });
    if (findings.length > 0) throw new Error('equal databases were found to differ');
  } finally {
    await Promise.all([here.close(), there.close()]);
  }
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

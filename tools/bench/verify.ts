import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { ownServer } from '../../gates/rehearse/shadow/own-server.ts';
import { openSnapshot } from '../../gates/verify/snapshot.ts';
import { digestTables, planTables } from '../../gates/verify/table-digest.ts';
import { readTableShapes } from '../../gates/verify/table-shape.ts';
import { postgresBinaries } from '../../infra/local/postgres/postgres-binaries.ts';
import { projectRoot } from '../project.ts';
import { type BenchRow, median } from './bench-row.ts';

const runs = 5;
const narrow = 700_000;
const wide = 300_000;

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
const settle = 'vacuum (freeze, analyze)';
const copy = (table: string) => `copy ${table} to '/dev/null' with (format binary)`;

/** Every row of one side digested, with leaves and tree, against the server's own binary copy of the same tables to nowhere. */
export async function benchVerify(): Promise<readonly BenchRow[]> {
  const directory = join('.sallyport', `bench-verify-${randomBytes(4).toString('hex')}`);
  await mkdir(join(projectRoot, directory), { recursive: true, mode: 0o755 });
  const { major } = await postgresBinaries(undefined, join(projectRoot, directory));
  const server = await ownServer(directory, major);
  const open = async () => {
    const client = new pg.Client({ connectionString: server.owner });
    await client.connect();
    return client;
  };
  const client = await open();
  try {
    await client.query(schema);
    await client.query(settle);
    const verify = async (workers: number) => {
      const snapshot = await openSnapshot(open, workers, 600);
      try {
        return await timed(async () => {
          const [session] = snapshot.sessions;
          if (session === undefined) throw new Error('no session; needed one');
          const tables = await readTableShapes(session);
          await digestTables(snapshot, tables, await planTables(session, tables));
        });
      } finally {
        await snapshot.close();
      }
    };
    const [one, two, other]: [number[], number[], number[]] = [[], [], []];
    for (let run = 0; run <= runs; run += 1) {
      const copied = await timed(async () => {
        for (const table of ['narrow', 'wide']) await client.query(copy(table));
      });
      const [alone, together] = [await verify(1), await verify(2)];
      if (run === 0) continue; // the first finds nothing in any cache
      other.push(copied);
      one.push(alone);
      two.push(together);
    }
    const note = `${narrow + wide} rows in two tables, 128 bits a row and Merkle leaves; median of ${runs}`;
    const row = (workers: string, ours: number, limit: number): BenchRow => ({
      name: `verify: content of one side, ${workers} ÷ COPY binary`,
      ours,
      other: median(other),
      unit: 'ms',
      ratio: ours / median(other),
      limit,
      note,
    });
    return [row('one worker', median(one), 1.3), row('two workers', median(two), 0.8)];
  } finally {
    await client.end();
    await server.remove();
    await rm(join(projectRoot, directory), { recursive: true, force: true });
  }
}

/** Milliseconds of wall time. */
async function timed(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

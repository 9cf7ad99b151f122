import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchRow } from './bench-row.ts';
import type { MemoryUsed } from './verify-memory-run.ts';
import { once, withServer } from './verify-server.ts';

const exec = promisify(execFile);
const sizes = [1_000_000, 10_000_000] as const;
const fill = (rows: number) => `
create unlogged table narrow (id int primary key, v int);
insert into narrow select i, i % 977 from generate_series(1, ${rows}) i;
analyze narrow`;

/** The most memory that a process takes which compares ten million rows, against one million. */
export async function benchVerifyMemory(): Promise<readonly BenchRow[]> {
  return withServer(async ({ database }) => {
    const used: MemoryUsed[] = [];
    for (const rows of sizes) {
      const name = `rows_${rows}`;
      await once(database('postgres'), `create database ${name}`);
      await once(database(name), fill(rows));
      used.push(await compared(database(name)));
    }
    const [few, many] = used;
    if (few === undefined || many === undefined) throw new Error('two sizes; needed for a ratio');
    const row = (what: string, of: keyof MemoryUsed): BenchRow => ({
      name: `verify: ${what}, ${sizes[1]} rows ÷ ${sizes[0]}`,
      ours: many[of] / 2 ** 20,
      other: few[of] / 2 ** 20,
      unit: 'MB',
      ratio: many[of] / few[of],
      limit: 1.2,
      note: 'both sides, two sessions each, in a process of its own',
    });
    return [row('most resident memory', 'resident'), row('most heap', 'heap')];
  });
}

/** A process for each size: what one has taken it does not give back. */
async function compared(url: string): Promise<MemoryUsed> {
  const run = join(import.meta.dirname, 'verify-memory-run.ts');
  const { stdout } = await exec(process.execPath, [run], { env: { ...process.env, BENCH_URL: url }, timeout: 600_000 });
  return JSON.parse(stdout) as MemoryUsed;
}

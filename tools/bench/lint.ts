import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { squawkBinary } from '../../gates/lint/squawk.ts';
import { hazards } from '../../test/gates/lint/hazards.ts';
import { rulesFor } from '../../test/gates/lint/rules-for.ts';
import { projectRoot } from '../project.ts';
import { type BenchRow, median } from './bench-row.ts';

const files = 10_000;
const rounds = 3;
const part = join(import.meta.dirname, 'lint-part.ts');

/** What a directory of migrations looks like: tables, columns, indexes, constraints, rows. */
const kinds: readonly ((n: number) => string)[] = [
  (n) =>
    `create table t${n} (id bigint generated always as identity primary key, name text not null);\ncreate index t${n}_name on t${n} (name);`,
  (n) => `alter table t${n} add column c${n} text;`,
  (n) => `create index i${n} on t${n} (name);`,
  (n) =>
    `alter table t${n} add constraint k${n} check (name <> '') not valid;\nalter table t${n} validate constraint k${n};`,
  (n) => `insert into t${n} (name) values ('a'), ('b');\nupdate t${n} set name = 'c' where id = 1;`,
];

/** Preflight and lint of 10,000 migrations against squawk alone on the same files, and the second run; each in a process of its own. */
export async function benchLint(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  try {
    const directory = join(folder, 'migrations');
    await mkdir(directory);
    for (let n = 0; n < files; n += 1) {
      const text = `-- Up Migration\n${kinds[n % kinds.length]?.(n)}\n\n-- Down Migration\nselect 1;\n`;
      await writeFile(join(directory, `${20_200_101_000_000 + n}_m${n}.sql`), text);
    }
    const first: Part[] = [];
    const second: Part[] = [];
    const alone: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const cache = join(folder, `cache-${round}.json`);
      alone.push(await squawkAlone(directory));
      first.push(await measured(directory, cache));
      second.push(await measured(directory, cache));
    }
    const seconds = (parts: readonly Part[]) => median(parts.map((each) => each.seconds));
    const memory = Math.max(...first.map((each) => each.megabytes));
    const [ours, other, again] = [seconds(first), median(alone), seconds(second)];
    const same = `${files} files, median of ${rounds}`;
    return [
      { name: 'preflight + lint ÷ squawk alone', ours, other, ratio: ours / other, limit: 1.5, unit: 's', note: same },
      {
        name: 'the same again, nothing changed ÷ first run',
        ours: again,
        other: ours,
        ratio: again / ours,
        limit: 0.2,
        unit: 's',
        note: same,
      },
      { name: 'peak memory of preflight + lint', ours: memory, unit: 'MB', note: "without squawk's own processes" },
      ...(await hazardRows(folder)),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How many of the hazards that others name a rule finds; the rehearsal's trace has rows of its own. */
async function hazardRows(folder: string): Promise<BenchRow[]> {
  const directory = join(folder, 'hazards');
  await mkdir(directory);
  const migrations = hazards.map(({ sql, outside }, at) => ({ name: `h${at}`, sql, transactional: outside !== true }));
  const found = await rulesFor(directory, migrations, writeFile);
  const missed = hazards.filter(({ rule }, at) => !found.get(`h${at}`)?.includes(rule)).map(({ rule }) => rule);
  const note = missed.length === 0 ? 'all' : `missed: ${missed.join(', ')}`;
  return [
    { name: 'hazards that a rule misses', ours: missed.length, other: hazards.length, unit: 'hazards', limit: 0, note },
  ];
}

interface Part {
  readonly seconds: number;
  readonly megabytes: number;
}

async function measured(directory: string, cache: string): Promise<Part> {
  return JSON.parse(await run(process.execPath, [part, directory, cache], projectRoot)) as Part;
}

async function squawkAlone(directory: string): Promise<number> {
  const names = await readdir(directory);
  const began = performance.now();
  await run(squawkBinary(), ['--reporter', 'json', '--assume-in-transaction', ...names], directory);
  return (performance.now() - began) / 1000;
}

function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 || code === 1 ? resolve(output) : reject(new Error(`${program}: ${code}`)),
    );
  });
}

import { randomBytes } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { ownServer } from '../../gates/rehearse/shadow/own-server.ts';
import { runTool } from '../../gates/rehearse/tool-run.ts';
import { openTracer } from '../../gates/rehearse/trace/tracer.ts';
import { postgresBinaries } from '../../infra/local/postgres/postgres-binaries.ts';
import { projectRoot } from '../project.ts';
import { type BenchRow, median } from './bench-row.ts';

const runs = 5;
const migrations = 40;
const bound = { boundSeconds: 120, signal: new AbortController().signal };
const forget = 'drop schema bench cascade; drop table if exists pgmigrations';

/** Every pending migration applied by the tool with the tracer between it and the database, against the same without. */
export async function benchRehearse(): Promise<readonly BenchRow[]> {
  const directory = join('.sallyport', `bench-rehearse-${randomBytes(4).toString('hex')}`);
  const cwd = join(projectRoot, directory, 'app');
  await mkdir(join(cwd, 'migrations'), { recursive: true, mode: 0o755 });
  for (const name of ['migrate.ts', 'service']) {
    await cp(join(projectRoot, 'stacks/app', name), join(cwd, name), { recursive: true });
  }
  for (let n = 1; n <= migrations; n += 1) {
    await writeFile(join(cwd, 'migrations', `${20_250_101_000_000 + n}_step-${n}.sql`), stepOf(n));
  }
  const { major } = await postgresBinaries(undefined, join(projectRoot, directory));
  const shadow = await ownServer(directory, major);
  const tracer = await openTracer(shadow.migrator);
  const client = new pg.Client({ connectionString: shadow.owner });
  try {
    await client.connect();
    const [traced, plain]: [number[], number[]] = [[], []];
    let statements = 0;
    const apply = async (url: string): Promise<number> => {
      const run = await runTool({ command: ['node', 'migrate.ts'], cwd, url, ...bound });
      if (run.code !== 0) throw new Error(run.output.join('\n'));
      await client.query(forget);
      return run.ms;
    };
    for (let run = 0; run <= runs; run += 1) {
      const ours = await apply(tracer.url);
      statements = tracer.take().length;
      const other = await apply(shadow.migrator);
      if (run === 0) continue; // the first of each finds nothing in any cache
      traced.push(ours);
      plain.push(other);
    }
    const [ours, other] = [median(traced), median(plain)];
    const note = `${migrations} migrations, ${statements} statements traced; the tool's own command, median of ${runs}`;
    return [
      { name: 'rehearsal: traced ÷ plain apply', ours, other, unit: 'ms', ratio: ours / other, limit: 1.5, note },
    ];
  } finally {
    await client.end();
    await tracer.close();
    await shadow.remove();
    await rm(join(projectRoot, directory), { recursive: true, force: true });
  }
}

/** What migrations do every day, on tables with rows in them. */
function stepOf(n: number): string {
  const first = 'create schema bench;\ncreate table bench.t (id int primary key, a text);\n';
  const table = `create table bench.t${n} (id bigint generated always as identity primary key, a text not null, b int);`;
  return `-- Up Migration
${n === 1 ? first : ''}${table}
insert into bench.t${n} (a, b) select 'row ' || i, i from generate_series(1, 2000) i;
create index t${n}_b on bench.t${n} (b);
alter table bench.t${n} add constraint t${n}_b check (b > 0);
alter table bench.t${n} alter b set not null;

-- Down Migration
drop table bench.t${n};
`;
}

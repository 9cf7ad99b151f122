import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { processWorkers } from '../../../../gates/cutover/work/process-workers.ts';
import type { StartWorkers } from '../../../../gates/cutover/work/workers.ts';
import { compareContent } from '../../../../gates/verify/compare-content.ts';
import { sessionsTo } from '../../../../gates/verify/open-side.ts';
import { runVerification } from '../../../../gates/verify/run-verification.ts';
import { verifySettings } from '../../../../gates/verify/settings.ts';
import { digestByWorkers } from '../../../../gates/verify/workers/digest-by-workers.ts';
import { killProcess } from '../../../support/kill-program.ts';
import { descendantsOf } from '../../../support/processes.ts';
import { runProgram } from '../../../support/running-program.ts';
import { until } from '../../../support/until.ts';
import { sessionTo, targetOf } from '../../cutover/work/work-runs.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../verify-servers.ts';

const modules = [{ name: 'all', tables: ['public.*'] }];
const options = { modules, limit: 20, values: false };
/** Several pieces: some tables, one of several parts, and one that has more than one piece. */
const schema = `
create table "odd ""one" (id int primary key, t text); create table no_key (a int, b text); create table no_rows (id int primary key);
create table by_text (k text primary key, n numeric); create table wide (id int primary key, t text);
create table parts (id int, v text, primary key (id)) partition by range (id);
create table parts_1 partition of parts for values from (1) to (500); create table parts_2 partition of parts default;
insert into "odd ""one" select i, 'row ' || i from generate_series(1, 1000) i;
insert into no_key select i % 7, 'row' from generate_series(1, 1000) i;
insert into by_text select md5(i::text), i / 7.0 from generate_series(1, 1000) i;
insert into wide select i, repeat(md5(i::text), 30) from generate_series(1, 30000) i;
insert into parts select i, 'v' || i from generate_series(1, 1000) i;`;

describe('verification by worker processes', function () {
  this.timeout(300_000);
  let source: VerifyDatabase;
  let target: VerifyDatabase;
  let looking: Client;
  let alone: string;

  before(async () => {
    source = await verifyDatabase(majors.source);
    target = await verifyDatabase(majors.target);
    for (const side of [source, target]) await side.run(schema);
    looking = await sessionTo(target);
    alone = await rootBy(undefined);
  });
  after(() => looking.end());

  const processes = (count: number) => processWorkers(count, { source: targetOf(source), target: targetOf(target) });
  const workerPids = async () =>
    (await descendantsOf(process.pid))
      .filter(({ command }) => command.includes('cutover-worker.ts'))
      .map(({ pid }) => pid);
  /** The workers that are at a piece; none before there is a table. */
  const taken = async () => {
    const sql = `select worker from sallyport.work where state = 'taken'`;
    const { rows } = await looking.query<{ worker: string }>(sql).catch(() => ({ rows: [] }));
    return rows.map(({ worker }) => worker);
  };
  const leftOver = async () => {
    const sessions = await looking.query(
      `select from pg_stat_activity where application_name like 'sallyport verify%'`,
    );
    const schema = await looking.query(`select from pg_namespace where nspname = 'sallyport'`);
    return [sessions.rowCount, schema.rowCount, (await workerPids()).length];
  };

  /** The root of both databases, which are equal. */
  async function rootBy(start: StartWorkers | undefined, lines: string[] = []): Promise<string> {
    const [one, other] = [await source.snapshot(1), await target.snapshot(1)];
    const workers = start && {
      runId: 'of-a-test',
      open: sessionsTo(targetOf(target), 'sallyport verify of-a-test'),
      start,
      boundSeconds: 120,
      say: (line: string) => lines.push(line),
    };
    try {
      const { findings, digests } = await compareContent(one, other, {
        ...options,
        digest: workers && digestByWorkers(workers),
      });
      assert.deepEqual(findings, []);
      assert.equal(digests?.source.roots.database, digests?.target.roots.database);
      return digests?.source.roots.database ?? '';
    } finally {
      await one.close();
      await other.close();
    }
  }

  for (const count of [1, 2, 4]) {
    it(`comes to the same roots with ${count} on each side, and leaves nothing`, async () => {
      assert.equal(await rootBy(processes(count)), alone);
      await until('nothing is left', async () => (await leftOver()).every((left) => left === 0));
    });
  }

  it('comes to the same roots when a worker is killed in the middle', async () => {
    let killed = false;
    for (let run = 0; run < 10 && !killed; run += 1) {
      let over = false;
      const root = rootBy(processes(2)).finally(() => {
        over = true;
      });
      // A run may be over before one is seen at a piece.
      await until('one is killed, or all is done', async () => {
        killed = await killOne();
        return killed || over;
      });
      assert.equal(await root, alone);
    }
    assert.ok(killed);
    await until('nothing is left', async () => (await leftOver()).every((left) => left === 0));
  });

  it('is inconclusive when no worker stays', async () => {
    const lines: string[] = [];
    const start = processWorkers(2, { target: targetOf(target) }, ['--no-such-option']);
    await assert.rejects(
      rootBy(start, lines),
      /WORKERS_LOST .* found 0 of \d+ pieces done; worker 1 ended with exit code 9;/,
    );
    assert.match(lines.join('\n'), /bad option: --no-such-option/);
    await until('nothing is left', async () => (await leftOver()).every((left) => left === 0));
  });

  it('ends with the process that asked for it, however that ends, and the next one takes away what it left', async () => {
    const env = { PATH: process.env.PATH, SOURCE: source.url, TARGET: target.url };
    const program = join(import.meta.dirname, 'verify-program.ts');
    const running = runProgram(process.execPath, [program], { cwd: import.meta.dirname, env });
    await until('a piece is taken', async () => (await taken()).length > 0);
    process.kill(running.pid, 'SIGKILL');
    await running.ended;
    await until('no session is left', async () => (await leftOver())[0] === 0);
    const left = await looking.query('select from sallyport.work');
    assert.notEqual(left.rowCount, 0);
    const { findings } = await verified();
    assert.deepEqual(findings, []);
    await until('nothing is left', async () => (await leftOver()).every((count) => count === 0));
  });

  it('is what a verification with processes does, and a difference is found', async () => {
    await target.run(`update by_text set n = -n where k = md5('5')`);
    const { findings, target: side } = await verified();
    assert.deepEqual(
      findings.map(({ code, about }) => [code, about]),
      [['CONTENT_DIFFERS', 'public.by_text']],
    );
    assert.match(findings[0]?.found ?? '', /changed k=e4da3b7fbbce2345d7772b0674a318d5 in n/);
    await target.run(`update by_text set n = -n where k = md5('5')`);
    assert.equal(side?.digest?.tables.find(({ table }) => table.name === 'public.wide')?.rows, 30_000n);
  });

  it('fails closed where the work table may not be made', async () => {
    const url = new URL(target.url);
    await target.run(
      `drop role if exists reader; create role reader login password 'reader'; grant pg_read_all_data to reader`,
    );
    Object.assign(url, { username: 'reader', password: 'reader' });
    const { findings } = await verified({ ...targetOf(target), user: 'reader', password: 'reader' });
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['VERIFY_UNREADABLE'],
    );
    assert.match(findings[0]?.found ?? '', /permission denied for database/);
    await target.run('drop owned by reader; drop role reader');
  });

  /** Kills a worker that is at a piece, if there is one now. */
  async function killOne(): Promise<boolean> {
    const pid = Number((await taken())[0]?.split('/').at(-1));
    if (!(await workerPids()).includes(pid)) return false;
    killProcess(pid);
    return true;
  }

  function verified(at = targetOf(target)) {
    const settings = { ...verifySettings.parse({ modules: { all: ['public.*'] }, processes: 2 }), minutes: 2 };
    return runVerification({
      runId: 'of-a-test',
      settings,
      invariants: [],
      source: targetOf(source),
      target: at,
      expected: undefined,
      progress: () => undefined,
    });
  }
});

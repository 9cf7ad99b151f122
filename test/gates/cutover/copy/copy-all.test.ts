import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Client } from 'pg';
import { markBuilding, markCandidate } from '../../../../gates/cutover/candidate.ts';
import { type CopyRequest, copyAll } from '../../../../gates/cutover/copy/copy-all.ts';
import { backfillSettings } from '../../../../gates/cutover/plan.ts';
import { hereWorkers } from '../../../../gates/cutover/work/here-workers.ts';
import { everyTask } from '../../../../gates/cutover/work/tasks.ts';
import { compareContent } from '../../../../gates/verify/compare-content.ts';
import { type RunningProgram, runProgram } from '../../../support/running-program.ts';
import { until } from '../../../support/until.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../../verify/verify-servers.ts';
import { opener, sessionTo } from '../work/work-runs.ts';

const modules = [{ name: 'all', tables: ['public.*', 'other.*'] }];

/** Every kind of table that there is. */
const schema = `
create schema other;
create type mood as enum ('calm', 'busy');
create type pair as (a int, b mood);
create domain cents as bigint check (value >= 0);
create table kinds (id bigint generated always as identity primary key, n numeric, f8 float8, j json, jb jsonb, ia int[], ts timestamptz,
  iv interval, by bytea, x xml, mo money, c char(5), txt text, double numeric generated always as (n * 2) stored, da date, u uuid);
create table named (id int primary key, m mood, ma mood[], p pair, pa pair[], d cents, rc regclass, iv interval, mo money, f8 float8,
  ts timestamptz, by bytea, x xml, txt text);
create table "odd ""table" (id serial primary key, "odd ""name" text, "select" int);
create table no_key (a int, b text);
create table no_columns ();
create table no_rows (id int primary key);
create table computed_only (a int generated always as (1) stored);
create table dropped (gone text, id int primary key, stays text);
create table parts (id int, at date, v text, primary key (id, at)) partition by range (at);
create table no_parts (id int) partition by list (id);
create table other.parent_of (id int primary key, v int);
create table other.child_of (extra int, primary key (id)) inherits (other.parent_of);
create table guarded (id int primary key, at timestamptz);
create function stamp() returns trigger language plpgsql as 'begin new.at := now(); return new; end';
create trigger stamped before insert on guarded for each row execute function stamp();
create table wide (id int primary key, t text);
create table toasted (id int primary key, raw bytea);`;
const sourceParts = `create table parts_late partition of parts default; create table parts_1 (v text, at date not null, id int not null);
  alter table parts attach partition parts_1 for values from (minvalue) to ('2025-02-01');`;
const targetParts = `create table parts_all partition of parts default;`;
const rows = `
insert into kinds (n, f8, j, jb, ia, ts, iv, by, x, mo, c, txt, da, u) select i / 7.0, i / 3.0, '{"b":  1}', '{"b": [1]}', '[0:1]={1,2}',
  '2025-10-26 02:30:00.123456+02', '1 mon -2 days 03:04:05.6', decode('00ff0a5c', 'hex'), '<a b="1"/>', 12.34, 'ab', E'tab\\t line\\n \\\\ ' || i,
  '4714-11-24 BC', md5(i::text)::uuid from generate_series(1, 500) i;
insert into kinds (n, f8, ts) values ('NaN', 'NaN', 'infinity'), (null, '-0', '-infinity'), (1.000, '-Infinity', null);
insert into kinds overriding system value select 9223372036854775807;
insert into named select i, 'busy', '{calm,busy}', row(1, 'calm')::pair, array[row(2, 'busy')::pair, null], i, 'pg_class', '1 mon -2 days 03:04:05.6',
  12.34, i / 3.0, '2025-10-26 02:30:00.123456+02', '\\x00ff', '<a/>', null from generate_series(1, 50) i;
insert into "odd ""table" ("odd ""name", "select") select 'n' || i, i from generate_series(1, 50) i;
insert into no_key select i % 5, 'row' from generate_series(1, 100) i; insert into no_key values (null, null), (null, '');
insert into no_columns default values; insert into no_columns default values; insert into computed_only default values;
insert into dropped select 'g', i, 's' || i from generate_series(1, 20) i;
insert into parts select i, '2025-01-01'::date + i, 'v' from generate_series(1, 60) i;
insert into other.parent_of values (1, 1); insert into other.child_of values (2, 2, 2);
insert into guarded select i from generate_series(1, 20) i; update guarded set at = '2020-01-01';
insert into wide select i, repeat(md5(i::text), 30) from generate_series(1, 40000) i;
alter table toasted alter raw set storage external;
insert into toasted select i, decode(repeat(md5(i::text), 32768), 'hex') from generate_series(1, 160) i;
delete from wide where id % 10 = 0; alter table dropped drop column gone;`;

describe('the offline copy', function () {
  this.timeout(300_000);
  let source: VerifyDatabase;
  let target: VerifyDatabase;
  let client: Client;
  let build: string;

  before(async () => {
    source = await verifyDatabase(majors.source, { datestyle: 'German', intervalstyle: 'iso_8601' });
    target = await verifyDatabase(majors.target, {
      datestyle: 'ISO, MDY',
      timezone: 'Asia/Kolkata',
      bytea_output: 'escape',
    });
    await source.run(`${schema} ${sourceParts} set datestyle = 'ISO, MDY'; ${rows}`);
    await target.run(`${schema} ${targetParts} alter table dropped drop column gone;
      insert into no_rows values (1); insert into dropped values (1000, 'seeded by a migration')`);
    client = await sessionTo(target);
  });
  beforeEach(async () => {
    build = await markBuilding(client, { cutover: 'sample', plan: 'a plan', source: 'a source' });
  });
  after(() => client.end());

  function copying(changes: Partial<CopyRequest> = {}) {
    const open = opener(target, source);
    const lines: string[] = [];
    const copied = copyAll({
      source: () => open('source'),
      target: () => open('target'),
      plan: { backfill: backfillSettings.parse({ workers: 3 }) },
      build,
      epoch: 'frozen at one',
      say: (line) => lines.push(line),
      signal: new AbortController().signal,
      ...changes,
    });
    return { copied, lines };
  }

  async function equal(): Promise<void> {
    const [one, other] = [await source.snapshot(), await target.snapshot()];
    try {
      const { findings } = await compareContent(one, other, { modules, limit: 3, values: true });
      assert.deepEqual(findings, []);
    } finally {
      await one.close();
      await other.close();
    }
  }

  const works = async () =>
    (
      await client.query<{ state: string; worker: string }>(
        `select state, worker from sallyport.work where run like $1`,
        [`copy ${build} %`],
      )
    ).rows;

  it('carries every row of every kind of table, from one major version to another', async () => {
    const { copied, lines } = copying();
    const { tables, parts, resumed } = await copied;
    await equal();
    assert.equal(resumed, 0);
    assert.ok(parts > 18, `${parts} parts`);
    assert.equal(tables['public.wide']?.rows, 36_000);
    assert.equal(tables['public.no_columns']?.rows, 2);
    assert.deepEqual(tables['public.no_parts'], { rows: 0, bytes: 0 });
    assert.match(lines.at(-1) ?? '', new RegExp(`^${parts} of ${parts} parts, \\d+ rows, [\\d.]+ MB/s, [\\d.]+ s$`));
  });

  it('does nothing more when it is done, and says what there is', async () => {
    const { tables } = await copying().copied;
    await target.run('delete from wide where id = 1');
    const again = await copying({ start: () => assert.fail('no worker is needed') }).copied;
    assert.deepEqual(again.tables, tables);
    assert.equal(again.resumed, again.parts);
    await target.run(`insert into wide values (1, repeat(md5('1'), 30))`);
    await equal();
  });

  it('begins anew for another epoch, another build, and a source whose tables were rewritten', async () => {
    await copying().copied;
    assert.equal((await copying({ epoch: 'frozen at two' }).copied).resumed, 0);
    await source.run('vacuum full wide');
    assert.equal((await copying({ epoch: 'frozen at two' }).copied).resumed, 0);
    build = await markBuilding(client, { cutover: 'sample', plan: 'a plan', source: 'a source' });
    assert.equal((await copying({ epoch: 'frozen at two' }).copied).resumed, 0);
    assert.equal(new Set((await client.query('select run from sallyport.work')).rows.map(({ run }) => run)).size, 1);
    await equal();
  });

  it('fails when a table is rewritten in the middle', async () => {
    const { copied } = copying({
      start: async (...of) => {
        await source.run('vacuum full no_key');
        return hereWorkers(1, opener(target, source), everyTask)(...of);
      },
    });
    await assert.rejects(
      copied,
      /WORK_FAILED .*COPY_SOURCE_CHANGED public.no_key: found file \d+; needed \d+, as when/,
    );
    await copying().copied;
    await equal();
  });

  it('refuses a target that is no candidate of this build, and leaves its rows', async () => {
    await copying().copied;
    const old = build;
    build = await markBuilding(client, { cutover: 'sample', plan: 'a plan', source: 'a source' });
    await assert.rejects(copying({ build: old }).copied, /the target is build .*, building; needed build/);
    await markCandidate(client, build, 'verified', 'a root');
    await assert.rejects(copying().copied, /the target is build .*, verified; needed/);
    await equal();
  });

  it('is one at a time', async () => {
    const other = await sessionTo(target);
    await other.query(`select pg_advisory_lock(1398893689, hashtext('copy'))`);
    await assert.rejects(copying().copied, /WORK_BUSY copy: found another session that has it/);
    await other.end();
  });

  it('says what the target said of a row that it does not take', async () => {
    await target.run(`alter table no_key add constraint no_two check (a <> 2) not valid`);
    try {
      await assert.rejects(copying().copied, /WORK_FAILED copy .*: found new row for relation "no_key" violates check/);
    } finally {
      await target.run('alter table no_key drop constraint no_two');
    }
    const { resumed, parts } = await copying().copied;
    assert.ok(resumed > 0 && resumed < parts, `${resumed} of ${parts}`);
    await equal();
  });

  it('refuses triggers that would fire all the same', async () => {
    await target.run('alter table guarded enable always trigger stamped');
    try {
      await assert.rejects(copying().copied, /COPY_NOT_POSSIBLE .*guarded: found trigger stamped, which would fire/);
    } finally {
      await target.run('alter table guarded enable trigger stamped');
    }
  });

  it('is stopped by its signal, and goes on with what is left', async () => {
    const stop = new AbortController();
    const { copied } = copying({ signal: stop.signal });
    await until('a piece is done', async () => (await works().catch(() => [])).some(({ state }) => state === 'done'));
    stop.abort(new Error('enough'));
    await assert.rejects(copied, /enough/);
    assert.ok((await copying().copied).resumed > 0);
    await equal();
  });

  describe('by processes', () => {
    const started: RunningProgram[] = [];
    after(async () => {
      for (const program of started) program.signal('SIGKILL');
      await Promise.all(started.map(({ ended }) => ended));
    });

    function program(...args: readonly string[]): RunningProgram {
      const env = { PATH: process.env.PATH, SOURCE: source.url, TARGET: target.url };
      const file = join(import.meta.dirname, 'copy-program.ts');
      const running = runProgram(process.execPath, [file, build, 'frozen', ...args], { cwd: import.meta.dirname, env });
      started.push(running);
      return running;
    }

    const open = `select from pg_stat_activity where application_name like 'sallyport copy%' and datname = current_database()`;
    const sessions = async () => (await client.query(open)).rowCount;

    for (const by of ['sessions', 'processes']) {
      it(`goes on where kill -9 ended it, again and again, and has every row once (${by})`, async () => {
        for (const least of [1, 5, 9]) {
          const running = program(by);
          await until(`${least} pieces are done`, async () => {
            const now = await works().catch(() => []);
            return now.filter(({ state }) => state === 'done').length >= least;
          });
          // The program alone: what it started has to end by itself.
          process.kill(running.pid, 'SIGKILL');
          await running.ended;
          await until('no session is left', async () => (await sessions()) === 0);
        }
        const { code, output } = await program(by).ended;
        assert.equal(code, 0, output);
        const { resumed, parts } = JSON.parse(/^copied (.*)$/m.exec(output)?.[1] ?? '{}');
        assert.ok(resumed >= 9 && resumed < parts, `${resumed} of ${parts} resumed`);
        await equal();
      });
    }

    it('has every row once when a worker is killed', async () => {
      const running = program('processes');
      await until('a worker is at a piece', async () => {
        const at = (await works().catch(() => [])).find(({ state }) => state === 'taken');
        const pid = Number(at?.worker.split('/').at(-1));
        if (!(pid > 0)) return false;
        process.kill(pid, 'SIGKILL');
        return true;
      });
      const { code, output } = await running.ended;
      assert.equal(code, 0, output);
      assert.match(output, /was ended by SIGKILL; another one takes its place/);
      await equal();
    });
  });
});

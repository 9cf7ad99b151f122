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
import { killProcess } from '../../../support/kill-program.ts';
import { type RunningProgram, runProgram } from '../../../support/running-program.ts';
import { until } from '../../../support/until.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../../verify/verify-servers.ts';
import { opener, sessionTo } from '../work/work-runs.ts';
import { rows, schema, sourceParts, targetParts } from './every-kind.ts';

const modules = [{ name: 'all', tables: ['public.*', 'other.*'] }];

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

  /** Meanwhile one piece, of the smallest, does not end: however slow whoever stops the copy is, it is not done by then. */
  async function withoutEnd(work: () => Promise<void>): Promise<void> {
    await target.run('alter table guarded add constraint held check (pg_sleep(600) is not null) not valid');
    try {
      await work();
    } finally {
      await target.run('alter table guarded drop constraint held');
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

  for (const [table, check] of [
    ['no_key', 'a <> 2'],
    ['toasted', 'id % 10 <> 3'],
  ] as const) {
    it(`says what the target said of a row that it does not take, and goes on when it does (${table})`, async () => {
      await target.run(`alter table ${table} add constraint no_row check (${check}) not valid`);
      try {
        const refused = new RegExp(`WORK_FAILED copy .*: found new row for relation "${table}" violates check`);
        await assert.rejects(copying().copied, refused);
      } finally {
        await target.run(`alter table ${table} drop constraint no_row`);
      }
      const { resumed, parts } = await copying().copied;
      assert.ok(resumed < parts, `${resumed} of ${parts}`);
      await equal();
    });
  }

  it('refuses triggers that would fire all the same', async () => {
    await target.run('alter table guarded enable always trigger stamped');
    try {
      await assert.rejects(copying().copied, /COPY_NOT_POSSIBLE .*guarded: found trigger stamped, which would fire/);
    } finally {
      await target.run('alter table guarded enable trigger stamped');
    }
  });

  it('is stopped by its signal, and goes on with what is left', async () => {
    await withoutEnd(async () => {
      const stop = new AbortController();
      const { copied } = copying({ signal: stop.signal });
      await until('a piece is done', async () => (await works().catch(() => [])).some(({ state }) => state === 'done'));
      stop.abort(new Error('enough'));
      await assert.rejects(copied, /enough/);
    });
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
        await withoutEnd(async () => {
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
        });
        const { code, output } = await program(by).ended;
        assert.equal(code, 0, output);
        const { resumed, parts } = JSON.parse(/^copied (.*)$/m.exec(output)?.[1] ?? '{}');
        assert.ok(resumed >= 9 && resumed < parts, `${resumed} of ${parts} resumed`);
        await equal();
      });
    }

    it('has every row once when a worker is killed', async () => {
      // Each piece waits for this row; nothing else does.
      const holder = await sessionTo(target);
      await holder.query('begin; select from sallyport.candidate for update');
      const running = program('processes');
      try {
        let atWork = 0;
        await until('a worker is at a piece', async () => {
          const at = (await works().catch(() => [])).find(({ state }) => state === 'taken');
          atWork = Number(at?.worker.split('/').at(-1));
          return atWork > 0;
        });
        killProcess(atWork);
        await running.sees(/was ended by SIGKILL; another one takes its place/);
      } finally {
        await holder.end();
      }
      const { code, output } = await running.ended;
      assert.equal(code, 0, output);
      await equal();
    });
  });
});

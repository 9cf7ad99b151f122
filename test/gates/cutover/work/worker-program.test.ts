import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { disownRun, ownRun } from '../../../../gates/cutover/work/run-owner.ts';
import { workState } from '../../../../gates/cutover/work/work-state.ts';
import { fillWork, removeRun } from '../../../../gates/cutover/work/work-table.ts';
import { projectRoot } from '../../../../gates/kernel/project-root.ts';
import { type RunningProgram, runProgram } from '../../../support/running-program.ts';
import { until } from '../../../support/until.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../../verify/verify-servers.ts';
import { sessionTo, slowPiece } from './work-runs.ts';

const run = 'of the program';

const working = `
select from pg_stat_activity where state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()`;

describe('the worker program', () => {
  let database: VerifyDatabase;
  let owner: Client;
  let holder: Client;
  let snapshot: string;
  const started: RunningProgram[] = [];

  before(async () => {
    database = await verifyDatabase(majors.target);
    owner = await sessionTo(database);
    holder = await sessionTo(database);
    await holder.query('begin isolation level repeatable read');
    snapshot = (await holder.query(`select pg_export_snapshot() as id`)).rows[0].id;
    await ownRun(owner, run);
  });
  afterEach(async () => {
    for (const program of started.splice(0)) {
      program.signal('SIGKILL');
      await program.ended;
    }
    await removeRun(owner, run);
  });
  after(async () => {
    await owner.end();
    await holder.end();
  });

  const fill = (pieces: readonly unknown[]) => fillWork(owner, { run, kind: 'digest', pieces: async () => pieces });
  const taken = () => until('a piece is taken', async () => (await workState(owner, run)).taken === 1);

  function start(args: readonly string[] = [], env: NodeJS.ProcessEnv = { THE_TARGET: database.url }): RunningProgram {
    const program = join(projectRoot, 'gates/cutover-worker.ts');
    const command = [program, '--run', run, '--target', 'THE_TARGET', ...args];
    const child = runProgram(process.execPath, command, { cwd: projectRoot, env: { PATH: process.env.PATH, ...env } });
    started.push(child);
    return child;
  }

  it('takes pieces until none is left, and exits with 0', async () => {
    await fill([slowPiece(snapshot, 0), slowPiece(snapshot, 0), slowPiece(snapshot, 0)]);
    const { code, output } = await start().ended;
    assert.match(output, /^work: no piece is left, 3 done … [\d.]+ s$/m);
    assert.equal(code, 0);
    const { rows } = await owner.query('select distinct jsonb_array_length(result) as leaves from sallyport.work');
    assert.deepEqual(rows, [{ leaves: 1 }]);
  });

  it('gives its piece back at SIGTERM, which is no try of it', async () => {
    await fill([slowPiece(snapshot, 600)]);
    const program = start();
    await taken();
    await until('the piece is worked on', async () => ((await owner.query(working)).rowCount ?? 0) > 0);
    program.signal('SIGTERM');
    const { code, output } = await program.ended;
    assert.match(output, /^work: ended: told to end by SIGTERM$/m);
    assert.equal(code, 143);
    const { rows } = await owner.query('select state, attempts, worker from sallyport.work');
    assert.deepEqual(rows, [{ state: 'waiting', attempts: 0, worker: null }]);
  });

  it('that is killed loses its piece to the next one', async () => {
    await fill([slowPiece(snapshot, 600)]);
    const program = start();
    await taken();
    program.signal('SIGKILL');
    await program.ended;
    await owner.query(`update sallyport.work set payload = $1`, [slowPiece(snapshot, 0)]);
    const next = await start().ended;
    assert.equal(next.code, 0, next.output);
    const { rows } = await owner.query('select state, attempts from sallyport.work');
    assert.deepEqual(rows, [{ state: 'done', attempts: 2 }]);
  });

  it('ends when nobody owns its run any more', async () => {
    await fill([slowPiece(snapshot, 0)]);
    await disownRun(owner, run);
    try {
      const { code, output } = await start().ended;
      assert.match(output, /nobody waits for of the program any more/);
      assert.equal(code, 1);
    } finally {
      await ownRun(owner, run);
    }
  });

  it('says which variable it lacks, and shows no URL', async () => {
    const { code, output } = await start([], {}).ended;
    assert.match(output, /SIDE_NOT_NAMED THE_TARGET: found a variable that is not set/);
    assert.equal(code, 1);
    const wrong = await start([], { THE_TARGET: `${database.url}-not-there` }).ended;
    assert.match(wrong.output, /DATABASE_UNREACHABLE/);
    assert.doesNotMatch(wrong.output, new RegExp(decodeURIComponent(new URL(database.url).password)));
  });

  it('ends with its standard input when it is tied to it', async () => {
    await fill([slowPiece(snapshot, 600)]);
    const { code, output } = await start(['--tied']).ended;
    assert.match(output, /told to end by its parent/);
    assert.equal(code, 143);
  });
});

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Client } from 'pg';
import { coordinate } from '../../../../gates/cutover/work/coordinate.ts';
import { hereWorkers } from '../../../../gates/cutover/work/here-workers.ts';
import { holdPiece, letPiece } from '../../../../gates/cutover/work/piece-holder.ts';
import { disownRun, ownRun } from '../../../../gates/cutover/work/run-owner.ts';
import { failWork, finishWork, type Piece, takeWork } from '../../../../gates/cutover/work/take-work.ts';
import type { OpenSide, Tasks } from '../../../../gates/cutover/work/task.ts';
import { workState } from '../../../../gates/cutover/work/work-state.ts';
import { fillWork, forgetDeadRuns, removeRun } from '../../../../gates/cutover/work/work-table.ts';
import { workThrough } from '../../../../gates/cutover/work/work-through.ts';
import { GateError } from '../../../../gates/kernel/gate-error.ts';
import { until } from '../../../support/until.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../../verify/verify-servers.ts';
import { opener, sessionTo } from './work-runs.ts';

const run = 'a run';
const idle = new AbortController().signal;
const quiet = () => undefined;

describe('the work table', () => {
  let database: VerifyDatabase;
  let owner: Client;
  let other: Client;

  before(async () => {
    database = await verifyDatabase(majors.target);
    owner = await sessionTo(database);
    other = await sessionTo(database);
    await ownRun(owner, run);
  });
  beforeEach(async () => {
    await removeRun(owner, run);
  });
  after(async () => {
    await owner.end();
    await other.end();
  });

  const fill = (pieces: readonly unknown[], client = owner) =>
    fillWork(client, { run, kind: 'sample', pieces: async () => pieces });
  const ageTaken = () => database.run(`update sallyport.work set taken_at = taken_at - interval '1 hour'`);
  /** What the end of a worker's session does to its piece. */
  const lose = async (client: Client, piece: Piece) => {
    await client.query('rollback');
    await letPiece(client, piece);
  };

  it('takes a run once, whole, and keeps its pieces when it is laid out again', async () => {
    assert.equal(await fill([{ n: 1 }, { n: 2 }]), true);
    assert.equal(await fill([{ n: 3 }]), false);
    const { waiting, taken, done, failed, owned } = await workState(owner, run);
    assert.deepEqual([waiting, taken, done, failed, owned], [2, 0, 0, 0, true]);
    await removeRun(owner, run);
    await assert.rejects(
      fillWork(owner, { run, kind: 'sample', pieces: () => Promise.reject(new Error('no pieces')) }),
      /no pieces/,
    );
    assert.equal(await fill([]), true, 'nothing of it was left');
  });

  it('is gone with its last run, and its schema with it', async () => {
    await fill([1]);
    await removeRun(owner, run);
    const { rows } = await owner.query(`select to_regnamespace('sallyport') is null as gone`);
    assert.deepEqual(rows, [{ gone: true }]);
  });

  it('gives a piece to one worker, in order, and not again when it is done', async () => {
    await fill([{ n: 1 }, { n: 2 }]);
    const [first, second] = [await takeWork(owner, run, 'one'), await takeWork(other, run, 'two')];
    assert.deepEqual([first?.payload, second?.payload], [{ n: 1 }, { n: 2 }]);
    assert.ok(first && second);
    await finishWork(owner, first, { sum: 1 });
    await finishWork(other, second, null);
    assert.equal(await takeWork(owner, run, 'one'), undefined);
    assert.equal((await workState(owner, run)).done, 2);
  });

  it("gives a worker's piece to another as soon as its session is gone, and not while it is there", async () => {
    await fill([1]);
    const gone = await sessionTo(database);
    await database.run(
      `update sallyport.work set state = 'taken', attempts = 1, worker = 'gone', taken_at = '2000-01-01'`,
    );
    await gone.query('begin; select from sallyport.work for update');
    assert.equal(await takeWork(other, run, 'two'), undefined);
    await gone.end();
    await until('the piece is free', async () => {
      const piece = await takeWork(other, run, 'two');
      if (piece !== undefined) await finishWork(other, piece, piece.attempts);
      return piece !== undefined;
    });
    const { rows } = await owner.query('select worker, result from sallyport.work');
    assert.deepEqual(rows, [{ worker: 'two', result: 2 }]);
  });

  it('takes nothing from a worker that lost its piece', async () => {
    await fill([1]);
    const piece = await takeWork(owner, run, 'one');
    assert.ok(piece);
    await lose(owner, piece);
    const taken = await takeWork(other, run, 'two');
    assert.ok(taken);
    await other.query('rollback');
    await assert.rejects(finishWork(owner, piece, 1), /not one's any more/);
    await failWork(owner, piece, 'too late');
    assert.equal((await workState(owner, run)).taken, 1);
    await lose(other, taken);
  });

  it('gives a piece to nobody else between its mark and its lock, and until what it came to is written, however long', async () => {
    await fill([1]);
    const piece = await takeWork(owner, run, 'one');
    assert.ok(piece);
    await owner.query('rollback');
    for (const attempts of [1, 3]) {
      await database.run(`update sallyport.work set attempts = ${attempts}, taken_at = '2000-01-01'`);
      assert.equal(await takeWork(other, run, 'two'), undefined);
      assert.equal((await workState(other, run)).taken, 1);
    }
    await holdPiece(other, piece);
    await letPiece(owner, piece);
    assert.equal(await takeWork(owner, run, 'three'), undefined, 'its worker holds it by another session');
    await failWork(other, { ...piece, attempts: 3 }, 'no space left');
    assert.deepEqual((await workState(owner, run)).error, { number: 1, error: 'no space left' });
  });

  it('fails a run with what the server said of a piece the third time, and gives out no more', async () => {
    await fill([1, 2]);
    for (const attempt of [1, 2, 3]) {
      const piece = await takeWork(owner, run, 'one');
      assert.ok(piece);
      assert.equal(piece.attempts, attempt);
      await owner.query('rollback');
      await failWork(owner, piece, `no space left ${attempt}`);
      await ageTaken();
    }
    const { failed, error } = await workState(owner, run);
    assert.deepEqual([failed, error], [1, { number: 1, error: 'no space left 3' }]);
    assert.equal(await takeWork(owner, run, 'one'), undefined);
    assert.equal(await fill([]), false);
    assert.equal((await workState(owner, run)).waiting, 2, 'laid out again, it may be tried again');
  });

  it('fails a run whose piece ends every worker that takes it', async () => {
    await fill([1]);
    for (const attempt of [1, 2, 3]) {
      const piece = await takeWork(owner, run, `worker ${attempt}`);
      assert.ok(piece);
      assert.equal(piece.attempts, attempt);
      await lose(owner, piece);
    }
    assert.equal(await takeWork(owner, run, 'one'), undefined);
    assert.match((await workState(owner, run)).error?.error ?? '', /worker worker 3 was gone at try 3/);
  });

  it('gives nothing out of a run that nobody owns, and forgets it', async () => {
    await fill([1]);
    await assert.rejects(ownRun(other, run), /WORK_BUSY a run: found another session that has it/);
    await forgetDeadRuns(other, 'sample', 'another run');
    assert.equal((await workState(owner, run)).waiting, 1);
    await disownRun(owner, run);
    try {
      assert.equal(await takeWork(owner, run, 'one'), undefined);
      const worker = { run, name: 'one', open: opener(database), tasks: {}, signal: idle, say: quiet };
      await assert.rejects(workThrough(worker), /nobody waits for a run any more/);
      await forgetDeadRuns(other, 'sample', 'another run');
      assert.equal((await workState(owner, run)).waiting, 0);
    } finally {
      await ownRun(owner, run);
    }
  });

  describe('worked through by sessions of this process', () => {
    const following = (
      pieces: readonly unknown[],
      tasks: Tasks,
      signal = idle,
      count = 3,
      open: OpenSide = opener(database),
    ) => {
      const heard: unknown[] = [];
      const lines: string[] = [];
      const ended = sessionTo(database).then(async (client) => {
        try {
          await coordinate({
            client,
            run: 'b',
            kind: 'sample',
            pieces: async () => pieces,
            start: hereWorkers(count, open, tasks),
            signal,
            say: (line) => lines.push(line),
            done: ({ payload, result }) => heard.push([payload, result]),
            keep: false,
          });
        } finally {
          await client.end();
        }
      });
      return { ended, heard, lines };
    };

    it('is done once, with what each piece came to', async () => {
      const pieces = Array.from({ length: 40 }, (_, n) => n);
      const { ended, heard } = following(pieces, { sample: async (n) => Number(n) * 2 });
      await ended;
      assert.deepEqual(
        heard.toSorted((a, b) => Number((a as number[])[0]) - Number((b as number[])[0])),
        pieces.map((n) => [n, n * 2]),
      );
    });

    it('is not done where pieces of it were taken away', async () => {
      const sample: Tasks[string] = async (n, { work }) => {
        if (n === 1) await work.query(`delete from sallyport.work where run = 'b' and state = 'waiting'`);
        return n;
      };
      const { ended, heard } = following([1, 2, 3], { sample }, idle, 1);
      await assert.rejects(ended, /WORK_FAILED b: found 1 pieces in the work table; needed the 3 of the run/);
      assert.ok(heard.length < 2);
    });

    it('tries again what failed for a moment', async () => {
      let tries = 0;
      const sample = async () => {
        tries += 1;
        if (tries < 3) throw new Error('for a moment');
        return tries;
      };
      const { ended, heard, lines } = following([1], { sample });
      await ended;
      assert.deepEqual(heard, [[1, 3]]);
      assert.match(lines.join('\n'), /piece 1, try 1: for a moment/);
    });

    it('keeps of a piece what committed with its mark, and nothing of one that failed', async () => {
      await database.run('drop table if exists t; create table t (n int)');
      const tries = new Map<unknown, number>();
      const sample: Tasks[string] = async (n, { work }) => {
        await work.query('insert into public.t values ($1)', [n]);
        tries.set(n, (tries.get(n) ?? 0) + 1);
        if (Number(n) % 3 === 0 && tries.get(n) !== 3) await work.query('select 1 / 0');
        return null;
      };
      await following([1, 2, 3, 4, 5, 6, 7], { sample }).ended;
      assert.deepEqual(
        (await database.run('select n from t order by 1')).rows.map(({ n }) => n),
        [1, 2, 3, 4, 5, 6, 7],
      );
    });

    it('ends with what the server said, also where a new session takes longer than the next worker', async () => {
      const slowly = async (...of: Parameters<OpenSide>) => {
        await delay(600);
        return opener(database)(...of);
      };
      const sample: Tasks[string] = async (_, { work }) => work.query('select 1 / 0');
      const error = await following([1], { sample }, idle, 3, slowly).ended.catch((thrown: unknown) => thrown);
      assert.match(String(error), /WORK_FAILED b, piece 1: found division by zero/);
    });

    it('ends with what the server said', async () => {
      const sample: Tasks[string] = async (_, { work }) => work.query('select 1 / 0');
      const error = await following([1], { sample }).ended.catch((thrown: unknown) => thrown);
      assert.ok(error instanceof GateError, String(error));
      assert.match(error.message, /^BLOCKER WORK_FAILED b, piece 1: found division by zero/);
      assert.equal(error.verdict, 'errored');
    });

    it('is inconclusive when no worker can reach the target', async () => {
      const client = await sessionTo(database);
      const open = () => Promise.reject(new Error('no way there'));
      const start = hereWorkers(2, open, {});
      const pieces = async () => [1];
      const of = {
        client,
        run: 'c',
        kind: 'sample',
        pieces,
        start,
        signal: idle,
        say: quiet,
        done: quiet,
        keep: false,
      };
      await assert.rejects(coordinate(of), /WORKERS_LOST c: found 0 of 1 pieces done; no way there/);
      await client.end();
    });

    it('gives its pieces back on the signal, and no session stays', async () => {
      const stop = new AbortController();
      const sample: Tasks[string] = async (_, { work }) => work.query('select pg_sleep(600)');
      const { ended } = following([1, 2], { sample }, stop.signal, 2);
      await until('both are at work', async () => (await asleep()) === 2);
      stop.abort(new Error('enough'));
      await assert.rejects(ended, /enough/);
      await until('nobody is', async () => (await asleep()) === 0);
    });

    const asleep = async () =>
      (await owner.query(`select from pg_stat_activity where application_name = 'sallyport of a test'`)).rowCount;
  });
});

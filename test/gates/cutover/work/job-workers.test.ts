import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Client } from 'pg';
import { coordinate } from '../../../../gates/cutover/work/coordinate.ts';
import { jobWorkers } from '../../../../gates/cutover/work/job-workers.ts';
import { ownRun } from '../../../../gates/cutover/work/run-owner.ts';
import { fillWork, removeRun } from '../../../../gates/cutover/work/work-table.ts';
import { projectRoot } from '../../../../gates/kernel/project-root.ts';
import { terminal } from '../../../../gates/migrate/facts.ts';
import { ArmError } from '../../../../infra/container-apps/arm-error.ts';
import type { ContainerApps } from '../../../../infra/container-apps/container-apps.ts';
import { imageDigest, importImage } from '../../../../infra/local/images.ts';
import { openLocalPlatform } from '../../../../infra/local/open-local-platform.ts';
import { killProcess } from '../../../support/kill-program.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { until } from '../../../support/until.ts';
import { sharedEnvironment } from '../../local-environment.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../../verify/verify-servers.ts';
import { heldPiece, holdPieces, sessionTo, slowPiece } from './work-runs.ts';

const job = 'cutover-workers';
const takenOf = (run: string) => `select worker from sallyport.work where state = 'taken' and run = '${run}'`;

describe('workers as executions of a job', function () {
  this.timeout(400_000);
  let apps: ContainerApps;
  let database: VerifyDatabase;
  let client: Client;
  let holder: Client;
  let snapshot: string;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    const { environment, directory } = await sharedEnvironment();
    ({ apps } = await openLocalPlatform(environment.address));
    database = await verifyDatabase(majors.target);
    client = await sessionTo(database);
    holder = await sessionTo(database);
    await holder.query('begin isolation level repeatable read');
    snapshot = (await holder.query('select pg_export_snapshot() as id')).rows[0].id;
    // Images of the local platform are folders; the program is the project's own.
    folder = await temporaryFolder();
    await mkdir(join(folder.path, 'image'));
    await writeFile(join(folder.path, 'image/empty'), '');
    const digest = await imageDigest(join(folder.path, 'image'));
    await importImage(directory, join(folder.path, 'image'), digest);
    await apps.putJob(job, {
      container: {
        name: 'worker',
        image: `workers@sha256:${digest}`,
        command: ['node', join(projectRoot, 'gates/cutover-worker.ts')],
        env: [{ name: 'THE_TARGET', secretRef: 'target' }],
      },
      secrets: [{ name: 'target', value: database.url }],
      replicaTimeoutSeconds: 300,
      replicaRetryLimit: 0,
      parallelism: 1,
      replicaCompletionCount: 1,
    });
  });
  after(async () => {
    await client.end();
    await holder.end();
    await folder.remove();
  });

  const workers = (count: number, variable = 'THE_TARGET', through = apps) =>
    jobWorkers({
      apps: through,
      job,
      count,
      variables: { target: variable },
      everyMs: 200,
    });

  function following(
    run: string,
    pieces: readonly unknown[],
    start = workers(2),
    signal = new AbortController().signal,
  ) {
    const lines: string[] = [];
    const heard: number[] = [];
    const ended = coordinate({
      client,
      run,
      kind: 'digest',
      pieces: async () => pieces,
      start,
      signal,
      say: (line) => lines.push(line),
      done: ({ number }) => heard.push(number),
      keep: false,
    });
    return { ended, lines, heard };
  }

  const executions = async () => (await apps.listExecutions(job)).map(({ status }) => status);
  const allEnded = () =>
    until('every execution has ended', async () => (await executions()).every((status) => terminal.has(status)));

  it('take every piece, several at a time', async () => {
    const { ended, heard, lines } = following(
      'by a job',
      Array.from({ length: 6 }, () => slowPiece(snapshot, 0.3)),
    );
    await ended;
    assert.deepEqual(heard.toSorted(), [1, 2, 3, 4, 5, 6]);
    assert.equal(lines.filter((line) => line.startsWith('works as cutover-workers-')).length, 2);
    await allEnded();
    assert.equal((await executions()).length, 2);
  });

  it('are replaced when one is lost', async () => {
    const letGo = await holdPieces(database);
    const { ended, heard, lines } = following('with a loss', [heldPiece(snapshot), heldPiece(snapshot)]);
    try {
      let atWork = 0;
      await until('one is at a piece', async () => {
        const { rows } = await looked(takenOf('with a loss'));
        atWork = Number(rows[0]?.worker.split('/').at(-1));
        return atWork > 0;
      });
      killProcess(atWork);
      await until('its loss is seen', () => lines.some((line) => line.endsWith('; another one takes its place')));
    } finally {
      await letGo();
    }
    await ended;
    assert.deepEqual(heard.toSorted(), [1, 2]);
    assert.match(lines.join('\n'), /worker \d: cutover-workers-\w+ Failed.*; another one takes its place/);
    await allEnded();
  });

  it('are stopped with the run', async () => {
    const stop = new AbortController();
    const { ended } = following('stopped', [slowPiece(snapshot, 600)], workers(1), stop.signal);
    await until('it is at its piece', async () => {
      const { rows } = await looked(`select worker from sallyport.work where state = 'taken'`);
      return rows.length === 1;
    });
    stop.abort(new Error('enough'));
    await assert.rejects(ended, /enough/);
    await allEnded();
  });

  it('of an earlier try are found by their marks, and go on', async () => {
    const run = 'left by an earlier try';
    const started: string[] = [];
    // Whoever owns the run is there all the while, so that what was left does not end by itself.
    const owner = await sessionTo(database);
    await ownRun(owner, run);
    await fillWork(owner, { run, kind: 'digest', pieces: async () => [slowPiece(snapshot, 600)] });
    await workers(1)(run, (line) => started.push(line));
    await until('it is at its piece', async () => (await looked(takenOf(run))).rows.length === 1);
    const again = await workers(1)(run, (line) => started.push(line));
    const [first = '', second] = started;
    assert.match(first, /^works as cutover-workers-\w+$/);
    assert.equal(second, `${first}, which an earlier try left`);
    await again.stop();
    assert.ok((await executions()).every((status) => terminal.has(status)));
    await removeRun(owner, run);
    await owner.end();
  });

  it('are as many executions as it takes replicas, and are told apart', async () => {
    const spec = await apps.getJob(job);
    assert.ok(spec);
    const before = (await executions()).length;
    const secrets = [{ name: 'target', value: database.url }];
    await apps.putJob(job, { ...spec, secrets, parallelism: 2, replicaCompletionCount: 2 });
    const names = new Set<string>();
    // Held, so that none can do the pieces of one that starts late.
    const letGo = await holdPieces(database);
    const { ended, heard } = following(
      'of two replicas each',
      Array.from({ length: 8 }, () => heldPiece(snapshot)),
      workers(4),
    );
    try {
      await until('four are at pieces', async () => {
        for (const { worker } of (await looked(takenOf('of two replicas each'))).rows) names.add(worker);
        return names.size === 4;
      });
    } finally {
      await letGo();
    }
    await ended;
    assert.equal(heard.length, 8);
    assert.equal(new Set([...names].map((name) => name.split('/')[0])).size, 2);
    assert.equal((await executions()).length, before + 2);
    await apps.putJob(job, { ...spec, secrets });
  });

  it('are all stopped where one of them cannot be started', async () => {
    let starts = 0;
    const refusing: ContainerApps = {
      ...apps,
      startJob: async (...of) => {
        starts += 1;
        if (starts === 1) return apps.startJob(...of);
        throw new ArmError('start job: no more of them', { code: 'QuotaExceeded', transient: false });
      },
    };
    const start = workers(2, 'THE_TARGET', refusing);
    await assert.rejects(
      following('half', [slowPiece(snapshot, 600)], start).ended,
      /JOB_NOT_STARTED.*no more of them/,
    );
    assert.equal(starts, 2);
    assert.ok((await executions()).every((status) => terminal.has(status)));
  });

  it('say their last words when they fail', async () => {
    const spec = await apps.getJob(job);
    assert.ok(spec);
    const secrets = [{ name: 'target', value: 'postgres://nobody:a-password@127.0.0.1:1/none' }];
    await apps.putJob(job, { ...spec, secrets });
    const { ended, lines } = following('nowhere', [slowPiece(snapshot, 0)], workers(1));
    await assert.rejects(
      ended,
      /WORKERS_LOST nowhere: found 0 of 1 pieces done; cutover-workers-\w+ Failed with exit code 1/,
    );
    assert.equal(lines.filter((line) => /^worker 1: work: FAILED: .*ECONNREFUSED/.test(line)).length, 2);
    assert.equal(
      lines.some((line) => line.includes('a-password')),
      false,
    );
    await apps.putJob(job, { ...spec, secrets: [{ name: 'target', value: database.url }] });
  });

  it('need a job that knows the variables', async () => {
    await assert.rejects(
      following('no variable', [slowPiece(snapshot, 0)], workers(1, 'ANOTHER')).ended,
      /WORKER_JOB_NOT_AS_NEEDED cutover-workers: found no ANOTHER; needed a job with ANOTHER in its environment/,
    );
  });

  /** On a session of its own: the coordinator's is at work. What is not there yet has no rows. */
  async function looked(sql: string) {
    return database.run(sql).catch(() => ({ rows: [] as { worker: string }[] }));
  }
});

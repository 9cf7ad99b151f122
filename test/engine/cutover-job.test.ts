import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { terminal } from '../../gates/migrate/facts.ts';
import type { Execution } from '../../infra/container-apps/container-apps.ts';
import { type CutoverProject, cutoverProject } from '../support/cutover-project.ts';
import { killProcess, killProgram } from '../support/kill-program.ts';
import { assertRefused } from '../support/promotion-project.ts';
import type { Ended, RunningProgram } from '../support/running-program.ts';
import { until } from '../support/until.ts';

const job = 'sallyport-cutover';
/** Of a wait, on a machine with much else to do. */
const boundMs = 180_000;
const taken = `select worker from sallyport.work where state = 'taken' and worker is not null`;
const contents = `
select (select jsonb_agg(to_jsonb(e) order by id) from events e)::text as events,
  (select jsonb_agg(to_jsonb(c) order by id) from cases c)::text as cases,
  (select jsonb_agg(to_jsonb(h) order by id) from holds h)::text as holds,
  (select jsonb_agg(to_jsonb(m) order by id) from pgmigrations m)::text as history`;
const spoil = `set session_replication_role = replica; update events set subject = 'spoilt' where reference = 'sample-0003'`;

describe('a cutover whose rows are worked through by executions of a job', function () {
  this.timeout(900_000);
  let desk: CutoverProject;
  let printed = '';
  before(async () => {
    desk = await cutoverProject();
    desk.config.cutover.job = { image: await desk.workersImage(), workers: 4, parallelism: 2 };
  });
  after(() => desk?.remove());

  const heard = (ended: Ended) => {
    printed += ended.output;
    return ended;
  };
  const goesTo = async (stage: string, ...args: string[]) => {
    desk.config.cutover.stage = stage;
    const { code, output } = heard(await desk.cutover(...args));
    assert.equal(code, 0, output);
    return output;
  };
  const executions = async () => (await desk.project.platform()).apps.listExecutions(job);
  const atWork = (all: readonly Execution[]) => all.filter(({ status }) => !terminal.has(status));
  const run = async () => {
    const { folder, root } = await desk.evidence('verification.json');
    return { root, record: JSON.parse(await readFile(join(desk.project.root, folder, 'run.json'), 'utf8')) };
  };
  const assertSameRootHere = async (root: string) => {
    const { code, output } = heard(await desk.project.tool('verify', '--expect', root));
    assert.equal(code, 0, output);
  };
  /** Kills the engine and all that it started: not the executions, which are the platform's. */
  const killEngine = async (running: RunningProgram) => {
    heard(await killProgram(running));
    const cancelled = heard(await desk.cutover('cancel', '--yes'));
    assert.equal(cancelled.code, 0, cancelled.output);
  };
  /** Names of workers that are at a piece of the candidate. */
  const workersAtPieces = async () => {
    const rows = await desk.sql<{ worker: string }>('target', taken).catch((error: unknown) => {
      if (error instanceof pg.DatabaseError && error.code === '42P01') return [];
      throw error;
    });
    return rows.map(({ worker }) => worker);
  };

  it('verifies what is replicated by them, to the root that one process comes to', async () => {
    desk.config.cutover.stage = 'verify';
    const mapping = join(desk.project.root, 'cutover.yaml');
    const text = await readFile(mapping, 'utf8');
    await writeFile(mapping, text.replace('verify:', 'verify:\n  processes: 2'));
    const refused = assertRefused(heard(await desk.cutover('preview')), 'CONFIG_INVALID');
    assert.match(refused.output, /cutover\.yaml: verify\.processes: found 2, beside sallyport:cutover\.job; needed 0/);
    await writeFile(mapping, text);
    const previewed = heard(await desk.cutover('preview'));
    assert.equal(previewed.code, 0, previewed.output);
    assert.match(previewed.output, /local:CutoverJob +cutover-job +create/);
    const output = await goesTo('verify');
    assert.match(output, /cutover-verify: source works as sallyport-cutover-/);
    const { root, record } = await run();
    assert.deepEqual(record.by, { kind: 'job', workers: 4 });
    assert.equal(record.source.root, root);
    const all = await executions();
    assert.deepEqual(
      all.map(({ status }) => status).filter((status) => !terminal.has(status)),
      [],
    );
    assert.equal(all.length, 4, 'two executions of two replicas for each side');
    await assertSameRootHere(root);
    // Fewer of them, and nothing is done again.
    desk.config.cutover.job.workers = 2;
    assert.doesNotMatch(await goesTo('verify'), /works as/);
    desk.config.cutover.job.workers = 4;
  });

  it('leaves none at work when it is refused', async () => {
    await desk.sql('target', spoil);
    assertRefused(
      heard(await desk.cutover('up', '--yes', '--skip-preview', '--replace', '**cutover-verify')),
      'CONTENT_DIFFERS',
    );
    const all = await executions();
    assert.ok(all.length > 4);
    assert.deepEqual(atWork(all), []);
  });

  it('takes the job away when it is given up', async () => {
    await goesTo('verify', 'destroy', '--yes', '--skip-preview');
    assert.equal(await (await desk.project.platform()).apps.getJob(job), undefined);
    const secrets = await readdir(join(desk.project.directory, 'secrets'));
    assert.deepEqual(
      secrets.filter((name) => name.startsWith('cutover-')),
      [],
    );
  });

  it('copies by them, goes on after one and then the engine was killed, and verifies', async () => {
    const frozen = heard(await desk.tool('freeze'));
    assert.equal(frozen.code, 0, frozen.output);
    desk.config.cutover.strategy = 'copy';
    await goesTo('schema');
    desk.config.cutover.stage = 'verify';
    // Each piece waits for this row; nothing else does.
    const holder = new pg.Client({ connectionString: await desk.url('target') });
    await holder.connect();
    try {
      await holder.query('begin; select from sallyport.candidate for update');
      const first = await desk.start();
      let worker = '';
      await until(
        'one is at a piece',
        async () => {
          [worker = ''] = await workersAtPieces();
          return worker !== '';
        },
        boundMs,
      );
      const [execution] = worker.split('/');
      killProcess(Number(worker.split('/').at(-1)));
      // The engine has lines of its own between the two.
      await first.sees(/another one takes its place[\s\S]*works as sallyport-cutover-/, boundMs);
      const failed = (await executions()).find(({ name }) => name === execution);
      assert.equal(failed?.status, 'Failed');
      await until('others are at pieces', async () => (await workersAtPieces()).length > 0, boundMs);
      await killEngine(first);
      const second = await desk.start();
      await second.sees(/cutover-backfill: works as sallyport-cutover-/, boundMs);
      await holder.query('rollback');
      const { code, output } = heard(await second.ended);
      assert.equal(code, 0, output);
    } finally {
      await holder.end();
    }
    const names = new Set((await executions()).map(({ name }) => name));
    const pieces = await desk.sql<{ worker: string; state: string }>(
      'target',
      'select worker, state from sallyport.work',
    );
    assert.ok(pieces.length >= 4);
    for (const { worker, state } of pieces) {
      assert.equal(state, 'done');
      assert.ok(names.has(worker.split('/')[0] ?? ''), `${worker} is of no execution`);
    }
    assert.deepEqual(atWork(await executions()), []);
    assert.deepEqual(await desk.sql('target', contents), await desk.sql('source', contents));
    const { root, record } = await run();
    assert.deepEqual(record.by, { kind: 'job', workers: 4 });
    await assertSameRootHere(root);
  });

  it('has the passwords in no state, no output and no evidence', async () => {
    const passwords = await Promise.all(
      (['source', 'target'] as const).map(async (side) => decodeURIComponent(new URL(await desk.url(side)).password)),
    );
    const texts = [printed];
    for (const folder of ['.sallyport/pulumi', '.artifacts']) {
      const entries = await readdir(join(desk.project.root, folder), { recursive: true, withFileTypes: true });
      for (const entry of entries)
        if (entry.isFile()) texts.push(await readFile(join(entry.parentPath, entry.name), 'utf8'));
    }
    assert.ok(
      texts.some((text) => text.includes('local:CutoverJob')),
      'no state was looked at',
    );
    for (const password of passwords) {
      assert.ok(password.length > 8);
      assert.equal(
        texts.find((text) => text.includes(password)),
        undefined,
      );
    }
  });
});

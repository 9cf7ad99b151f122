import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { ensureEnvironment, readEnvironment } from '../../infra/local/environment.ts';
import { environmentPaths } from '../../infra/local/environment-paths.ts';
import { parkedMigration, parkMigrations, parkService } from '../support/parking.ts';
import { descendantsOf } from '../support/processes.ts';
import { assertServing, type PromotionProject, promotionProject } from '../support/promotion-project.ts';
import type { Ended, RunningProgram } from '../support/running-program.ts';
import { until } from '../support/until.ts';

const migrating = `select count(*)::int as count from pg_stat_activity where usename = 'migrator' and wait_event = 'advisory'`;

interface Victim {
  readonly step: string;
  readonly project: PromotionProject;
  readonly running: RunningProgram;
}

/** Who dies, and how. */
const kills = {
  'the engine is killed': async ({ running }: Victim) => running.signal('SIGKILL'),
  "the gates' process is killed": async ({ running }: Victim) => {
    const providers = (await descendantsOf(running.pid)).filter(({ command }) => command.includes('dynamic-provider'));
    assert.notEqual(providers.length, 0);
    for (const { pid } of providers) process.kill(pid, 'SIGKILL');
  },
  'the environment daemon is killed': async ({ project, running, step }: Victim) => {
    process.kill((await readEnvironment(project.directory))?.pid ?? 0, 'SIGKILL');
    if (step !== 'migrate') return;
    // The job goes on without its daemon: when that is brought back, by an `npm start` for instance, the gate sees it end.
    await running.sees(/migrate: migrate-\w+ Unknown/);
    await ensureEnvironment(project.directory);
  },
  'the migration job is killed': async ({ project }: Victim) => {
    const daemon = (await readEnvironment(project.directory))?.pid ?? 0;
    const jobs = (await descendantsOf(daemon)).filter(({ command }) => / migrate\.ts/.test(command));
    assert.notEqual(jobs.length, 0);
    for (const { pid } of jobs) process.kill(pid, 'SIGKILL');
  },
  'it is interrupted once': async ({ running }: Victim) => running.signal('SIGINT'),
  'it is interrupted twice': async ({ running }: Victim) => {
    running.signal('SIGINT');
    await running.sees(/[Cc]ancell?/);
    running.signal('SIGINT');
  },
  'PostgreSQL is killed': async ({ project }: Victim) => {
    const server = await serverOf(project);
    process.kill(server, 'SIGKILL');
    await until('PostgreSQL is back', async () => {
      const session = await project.session('gates').catch(() => undefined);
      return session !== undefined && (await serverOf(project)) !== server;
    });
  },
};
type Fault = keyof typeof kills;
/** After these nobody is left who waits for the step to end. */
const alone: readonly Fault[] = ['the engine is killed', "the gates' process is killed"];
const anywhere: readonly Fault[] = [...alone, 'the environment daemon is killed', 'PostgreSQL is killed'];
const inMigrate: readonly Fault[] = [
  'the migration job is killed',
  'it is interrupted once',
  'it is interrupted twice',
];

async function serverOf({ directory }: PromotionProject): Promise<number> {
  const text = await readFile(join(environmentPaths(directory).postgres, 'data', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

describe('a promotion that is hit', function () {
  this.timeout(600_000);
  let project: PromotionProject;
  let accepted: string;
  let count = 0;

  before(async () => {
    project = await promotionProject();
    const { code, output } = await project.up();
    assert.equal(code, 0, output);
    accepted = project.config.release.sha;
    // Runs out where nobody can be asked any more.
    project.config.rollout.healthSeconds = 40;
    project.config.migrations.timeouts = { job: 20, lock: '15s', statement: '20s' };
  });
  after(() => project.remove());

  /** A next release, whose promotion stands still at a step until it is let go. */
  async function nextRelease(step: string): Promise<{ sha: string; version: string; go: () => Promise<void> }> {
    count += 1;
    const sha = String(count).padStart(2, '0').repeat(20);
    const version = `202504${String(count).padStart(2, '0')}090000`;
    files = { ...files, ...parkedMigration(version) };
    await project.pointTo('first', { sha, files });
    if (step === 'migrate') return { sha, version, go: await parkMigrations(await project.session('gates')) };
    return { sha, version, go: await parkService(project, step === 'candidate' ? 'api' : 'worker') };
  }
  let files: Record<string, string> = {};

  const moments: Readonly<Record<string, RegExp>> = {
    migrate: /migrate: migrate-\w+ Running/,
    candidate: /promotion-candidate updating/,
    flip: /flip: api api--\S+ 100 → /,
  };

  async function hit(step: string, fault: Fault): Promise<void> {
    const { sha, version, go } = await nextRelease(step);
    const running = await project.start('up', '--yes', '--skip-preview');
    await running.sees(moments[step] ?? /never/);
    if (step === 'migrate') {
      const gates = await project.session('gates');
      await until('the migration waits', async () => (await gates.query(migrating)).rows[0].count === 1);
    }
    await kills[fault]({ step, project, running });
    // A killed PostgreSQL has let go by itself.
    const letGo = () => go().catch(() => undefined);
    if (!alone.includes(fault)) await letGo();
    const ended = await running.ended;
    await letGo();
    await assertEndsWell(sha, version, ended);
  }

  /** The next `up`, after what the engine itself tells the user to type, ends accepted; everything happened once. */
  async function assertEndsWell(sha: string, version: string, hit: Ended): Promise<void> {
    let next = await project.up();
    if (next.output.includes('pulumi cancel')) {
      const cancelled = await project.pulumi('cancel', '--yes');
      assert.equal(cancelled.code, 0, cancelled.output);
      next = await project.up();
    }
    assert.equal(next.code, 0, `${hit.output}\n--- then ---\n${next.output}`);
    await assertServing(project, sha);
    accepted = sha;
    const gates = await project.session('gates');
    const one = async (text: string, value: string) => (await gates.query(text, [value])).rows[0].count;
    assert.equal(await one('select count(*)::int from pgmigrations where name = $1', `${version}_park`), 1);
    assert.equal(await one('select count(*)::int from sallyport.accepted where sha = $1', sha), 1);
    assert.equal(await one('select count(*)::int from sallyport.attempt where sha = $1 and verdict is null', sha), 0);
  }

  for (const step of Object.keys(moments)) {
    for (const fault of [...anywhere, ...(step === 'migrate' ? inMigrate : [])]) {
      it(`while ${step} is under way, because ${fault}, is finished by the next up`, () => hit(step, fault));
    }
  }

  it('has the accepted release to show for it all', () => assertServing(project, accepted));
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { boundLog, inspectRun, startRun, stopRun } from '../../../infra/local/process/process-run.ts';
import { eventually } from './world.ts';

describe('a run of a program', () => {
  let root: string;
  let run: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
    run = join(root, 'run');
  });
  afterEach(async () => {
    await stopRun(run, 0);
    await rm(root, { recursive: true, force: true });
  });

  const start = (script: string) =>
    startRun(run, { command: ['sh', '-c', script], cwd: root, env: { PATH: '/usr/bin:/bin' } });
  const untilEnded = () =>
    eventually('the run has ended', async () => {
      const state = await inspectRun(run);
      return state.kind === 'running' ? undefined : state;
    });

  it('has begun when its start returns, and leaves its exit code on disk', async () => {
    await start('sleep 0.1; exit 12');
    assert.notEqual((await inspectRun(run)).kind, 'never-started');
    const state = await untilEnded();
    assert.equal(state.kind === 'exited' && state.code, 12);
  });

  it('is 127 for a program that is not there', async () => {
    await startRun(run, { command: ['no-such-program'], cwd: root, env: { PATH: '/usr/bin:/bin' } });
    const state = await untilEnded();
    assert.equal(state.kind === 'exited' && state.code, 127);
    assert.match(await readFile(join(run, 'log'), 'utf8'), /no-such-program/);
  });

  it('is killed with all of its group when it does not heed SIGTERM', async () => {
    await start(`trap '' TERM; sleep 600 & echo $!; while true; do sleep 600; done`);
    const child = await eventually('the child has begun', async () =>
      Number((await readFile(join(run, 'log'), 'utf8')).trim() || 0),
    );
    const state = await stopRun(run, 100);
    assert.notEqual(state.kind, 'running');
    await eventually('the child is gone', async () => {
      const stat = await readFile(`/proc/${child}/stat`, 'utf8').catch(() => '');
      return stat === '' || / Z /.test(stat);
    });
  });

  it('is not taken for one that never started while its keeper writes down who it is', async () => {
    await start('sleep 600');
    const pid = await readFile(join(run, 'pid'), 'utf8');
    await writeFile(join(run, 'pid'), '');
    const seen = inspectRun(run);
    // Long enough for it to have met the empty file.
    await delay(100);
    await writeFile(join(run, 'pid'), pid);
    assert.deepEqual(await seen, { kind: 'running', pid: Number(pid) });
  });

  it('never starts once it was given up', async () => {
    await mkdir(run);
    assert.equal((await inspectRun(run, true)).kind, 'never-started');
    await start('echo it ran');
    await eventually('its keeper has ended', async () => !spawnSync('ps', ['-eo', 'args']).stdout.includes(run));
    assert.equal((await inspectRun(run)).kind, 'never-started');
    assert.equal(await readFile(join(run, 'log'), 'utf8'), '');
  });

  it('is vanished when its keeper was killed, and nothing of it goes on', async () => {
    await start('sleep 600');
    const state = await inspectRun(run);
    assert.equal(state.kind, 'running');
    if (state.kind !== 'running') return;
    process.kill(state.pid, 'SIGKILL');
    await eventually('the run has vanished', async () => (await inspectRun(run)).kind === 'vanished');
    await eventually('its group is gone', async () => {
      try {
        process.kill(-state.pid, 0);
        return false;
      } catch {
        return true;
      }
    });
  });

  it('has a log that is cut when it grows too large', async () => {
    await start('i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done; sleep 600');
    const size = async () => (await readFile(join(run, 'log'))).length;
    await eventually('it has logged', async () => (await size()) > 1_000);
    await boundLog(run, 1_000_000);
    assert.ok((await size()) > 1_000);
    await boundLog(run, 1_000);
    assert.ok((await size()) < 22_000);
  });
});

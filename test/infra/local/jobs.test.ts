import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Execution, JobSpec } from '../../../infra/container-apps/container-apps.ts';
import { ensureEnvironment } from '../../../infra/local/environment.ts';
import { openLocalPlatform } from '../../../infra/local/open-local-platform.ts';
import { eventually, jobContainer, killDaemon, openWorld, type World } from './world.ts';

describe('jobs on the local platform', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    await world.apps.putJob('job', jobSpec());
  });
  after(() => world.close());

  const jobSpec = (changes: Partial<JobSpec> = {}): JobSpec => ({
    container: jobContainer(world, 'exit', '0'),
    secrets: [],
    replicaTimeoutSeconds: 60,
    replicaRetryLimit: 0,
    parallelism: 1,
    replicaCompletionCount: 1,
    ...changes,
  });
  const untilStatus = (name: string, job: string, ...status: string[]): Promise<Execution> =>
    eventually(`${name} is ${status}`, async () => {
      const execution = await world.apps.getExecution(job, name);
      return execution && status.includes(execution.status) ? execution : undefined;
    });
  const untilLog = (name: string, text: string) =>
    eventually(`${name} logs "${text}"`, async () =>
      (await world.apps.executionLogs('job', name, 50)).lines.includes(text),
    );

  it('keeps a job as it was declared', async () => {
    assert.deepEqual(await world.apps.getJob('job'), jobSpec());
    assert.equal(await world.apps.getJob('absent'), undefined);
  });

  it('runs an execution with the template of the start, and gives code, times, marker and log', async () => {
    const container = { ...jobContainer(world, 'sleep', '10'), env: [{ name: 'MARKER', value: 'attempt-1' }] };
    const name = await world.apps.startJob('job', container);
    const execution = await untilStatus(name, 'job', 'Succeeded');
    assert.equal(execution.exitCode, 0);
    assert.equal(execution.env.MARKER, 'attempt-1');
    assert.equal(execution.image, world.image);
    assert.ok(Date.parse(execution.endTime ?? '') >= Date.parse(execution.startTime ?? ''));
    assert.deepEqual(await world.apps.executionLogs('job', name, 50), {
      lines: ['started as sleep', 'slept'],
      source: 'log-stream',
    });
    assert.deepEqual((await world.apps.executionLogs('job', name, 1)).lines, ['slept']);
    assert.ok((await world.apps.listExecutions('job')).some((listed) => listed.name === name));
  });

  it('says the exit code of an execution that failed', async () => {
    const execution = await untilStatus(
      await world.apps.startJob('job', jobContainer(world, 'exit', '3')),
      'job',
      'Failed',
    );
    assert.equal(execution.exitCode, 3);
    assert.match(execution.reason ?? '', /^BackoffLimitExceeded/);
  });

  it('stops an execution with SIGTERM', async () => {
    const name = await world.apps.startJob('job', jobContainer(world, 'wait'));
    await untilLog(name, 'started as wait');
    await world.apps.stopExecution('job', name);
    const execution = await untilStatus(name, 'job', 'Stopped');
    assert.equal(execution.exitCode, 7);
    await untilLog(name, 'got SIGTERM');
  });

  it('ends an execution that takes longer than the replica timeout', async () => {
    await world.apps.putJob('brief', jobSpec({ replicaTimeoutSeconds: 1 }));
    const name = await world.apps.startJob('brief', jobContainer(world, 'wait'));
    const execution = await untilStatus(name, 'brief', 'Failed');
    assert.match(execution.reason ?? '', /^DeadlineExceeded/);
  });

  it('says 137 for a program that was killed', async () => {
    const container = { ...jobContainer(world), command: ['sh', '-c', 'kill -9 $$'] };
    const execution = await untilStatus(await world.apps.startJob('job', container), 'job', 'Failed');
    assert.equal(execution.exitCode, 137);
  });

  it('starts nothing for an unknown job, a missing image or a job that is not sound', async () => {
    const before = (await world.apps.listExecutions('job')).length;
    await assert.rejects(world.apps.startJob('absent', jobContainer(world)), { status: 404 });
    const image = `program@sha256:${'0'.repeat(64)}`;
    await assert.rejects(world.apps.startJob('job', { ...jobContainer(world), image }), { status: 400 });
    await assert.rejects(world.apps.putJob('job', jobSpec({ replicaRetryLimit: 2 })), /replicaRetryLimit/);
    await assert.rejects(world.apps.putJob('job', jobSpec({ parallelism: 0 })), /parallelism/);
    assert.equal((await world.apps.listExecutions('job')).length, before);
  });

  describe('with several replicas', () => {
    const shell = (script: string) => ({ ...jobContainer(world), command: ['sh', '-c', script] });
    /** Gives how many replicas have begun, and how many have ended, in the order of both. */
    const course = async (file: string) => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean);

    it('runs as many at once as it may, and has succeeded when as many as it needs have ended well', async () => {
      await world.apps.putJob('several', jobSpec({ parallelism: 2, replicaCompletionCount: 3 }));
      const file = join(world.directory, 'several');
      const script = `echo in >> ${file}; until [ $(wc -l < ${file}) -ge 2 ]; do sleep 0.05; done; echo out >> ${file}; echo done`;
      const name = await world.apps.startJob('several', shell(script));
      const { exitCode } = await untilStatus(name, 'several', 'Succeeded');
      assert.equal(exitCode, 0);
      const lines = await course(file);
      assert.equal(lines.filter((line) => line === 'in').length, 3);
      let most = 0;
      for (let [at, running] = [0, 0]; at < lines.length; at += 1) {
        running += lines[at] === 'in' ? 1 : -1;
        most = Math.max(most, running);
      }
      assert.equal(most, 2);
      assert.deepEqual((await world.apps.executionLogs('several', name, 10)).lines, ['done', 'done', 'done']);
    });

    it('starts no more replicas than have to end well', async () => {
      await world.apps.putJob('several', jobSpec({ parallelism: 5, replicaCompletionCount: 2 }));
      const name = await world.apps.startJob('several', jobContainer(world, 'exit', '0'));
      await untilStatus(name, 'several', 'Succeeded');
      assert.deepEqual((await world.apps.executionLogs('several', name, 10)).lines, [
        'started as exit',
        'started as exit',
      ]);
    });

    it('has failed when one has, and ends the others', async () => {
      await world.apps.putJob('several', jobSpec({ parallelism: 3, replicaCompletionCount: 3 }));
      const folder = join(world.directory, 'one-fails');
      const script = `trap 'echo ended; exit 7' TERM
if mkdir ${folder}; then until [ -e ${folder}/1 ] && [ -e ${folder}/2 ]; do sleep 0.05; done; exit 3; fi
mkdir ${folder}/1 || mkdir ${folder}/2; while :; do sleep 0.05; done`;
      const name = await world.apps.startJob('several', shell(script));
      const execution = await untilStatus(name, 'several', 'Failed');
      assert.match(execution.reason ?? '', /^BackoffLimitExceeded/);
      const { lines } = await world.apps.executionLogs('several', name, 50);
      assert.equal(lines.filter((line) => line === 'ended').length, 2);
    });

    it('stops all of them', async () => {
      await world.apps.putJob('several', jobSpec({ parallelism: 2, replicaCompletionCount: 2 }));
      const name = await world.apps.startJob('several', jobContainer(world, 'wait'));
      const count = async (text: string) =>
        (await world.apps.executionLogs('several', name, 50)).lines.filter((line) => line === text).length;
      await eventually('both wait', async () => (await count('started as wait')) === 2);
      await world.apps.stopExecution('several', name);
      await untilStatus(name, 'several', 'Stopped');
      assert.equal(await count('got SIGTERM'), 2);
    });

    it('goes on when the daemon was dead, with those that run and those that have not begun', async () => {
      await world.apps.putJob('several', jobSpec({ parallelism: 2, replicaCompletionCount: 3 }));
      const file = join(world.directory, 'going-on');
      const go = join(world.directory, 'go');
      const script = `echo in >> ${file}; until [ -e ${go} ]; do sleep 0.05; done; echo out >> ${file}`;
      const name = await world.apps.startJob('several', shell(script));
      await eventually('two have begun', async () => (await course(file)).length === 2);
      await killDaemon((await ensureEnvironment(world.directory)).pid);
      await writeFile(go, '');
      await eventually('two have ended', async () => (await course(file)).length === 4);
      const { apps } = await openLocalPlatform((await ensureEnvironment(world.directory)).address);
      await eventually(
        'it has succeeded',
        async () => (await apps.getExecution('several', name))?.status === 'Succeeded',
      );
      assert.deepEqual(await course(file), ['in', 'in', 'out', 'out', 'in', 'out']);
    });
  });

  it('says in the note why there is no log', async () => {
    const logs = await world.apps.executionLogs('job', 'job-absent', 10);
    assert.deepEqual([logs.lines, logs.source], [[], 'none']);
    assert.match(logs.note ?? '', /404/);
  });

  it('knows how executions ended while the daemon was dead, and goes on with those that run', async () => {
    const short = await world.apps.startJob('job', jobContainer(world, 'sleep', '600'));
    const failing = await world.apps.startJob('job', {
      ...jobContainer(world),
      command: ['sh', '-c', 'sleep 0.6; exit 4'],
    });
    const long = await world.apps.startJob('job', jobContainer(world, 'wait'));
    await untilLog(long, 'started as wait');
    await killDaemon((await ensureEnvironment(world.directory)).pid);
    const environment = await ensureEnvironment(world.directory);
    const { apps } = await openLocalPlatform(environment.address);
    assert.equal((await apps.getExecution('job', long))?.status, 'Running');
    assert.equal((await untilStatus(short, 'job', 'Succeeded')).exitCode, 0);
    assert.equal((await untilStatus(failing, 'job', 'Failed')).exitCode, 4);
    await apps.stopExecution('job', long);
    await untilStatus(long, 'job', 'Stopped');
  });

  it('says of an execution that was killed with all that watched it that it failed, with an exit code nobody knows', async () => {
    const container = { ...jobContainer(world), command: ['sh', '-c', 'kill -9 0'] };
    const execution = await untilStatus(await world.apps.startJob('job', container), 'job', 'Failed');
    assert.equal(execution.exitCode, undefined);
    assert.match(execution.reason ?? '', /ExitCodeUnknown/);
  });

  it('does not remove a job while an execution runs, and removes it with its executions after', async () => {
    await world.apps.putJob('leaving', jobSpec());
    const name = await world.apps.startJob('leaving', jobContainer(world, 'wait'));
    await assert.rejects(world.apps.deleteJob('leaving'), { code: 'JobHasRunningExecutions' });
    await world.apps.stopExecution('leaving', name);
    await untilStatus(name, 'leaving', 'Stopped');
    await world.apps.deleteJob('leaving');
    assert.equal(await world.apps.getJob('leaving'), undefined);
    await world.apps.deleteJob('leaving');
  });
});

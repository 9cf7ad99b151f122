import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'mocha';
import { ensureEnvironment, readEnvironment } from '../../../infra/local/environment.ts';
import { openLocalPlatform } from '../../../infra/local/open-local-platform.ts';
import { appSpec, deploy, eventually, jobContainer, killDaemon, openWorld, untilHealth, type World } from './world.ts';

describe('the daemon of the local environment', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  const programs = (pattern: RegExp) =>
    spawnSync('ps', ['-eww', '-o', 'args'])
      .stdout.toString()
      .split('\n')
      .filter((line) => line.includes(world.directory) && pattern.test(line));

  it('may be killed at any moment of a change, and the next start brings about what was asked for', async () => {
    await deploy(world, 'web', 'r0');
    for (let round = 1; round <= 6; round += 1) {
      const environment = await ensureEnvironment(world.directory);
      const { apps } = await openLocalPlatform(environment.address);
      const revisionName = `web--r${round}`;
      const spec = appSpec(world, `r${round}`, [{ revisionName, weight: 100 }]);
      const change = apps.putApp('web', spec).then(
        () => true,
        () => false,
      );
      // Each round dies a little later in the change.
      for (let turn = 0; turn < round * 4; turn += 1) await readEnvironment(world.directory);
      await killDaemon(environment.pid);
      await change;
      const again = await openLocalPlatform((await ensureEnvironment(world.directory)).address);
      await again.apps.putApp('web', spec);
      await eventually(`${revisionName} serves`, async () => {
        const state = await again.apps.getApp('web');
        const answer = await fetch(state?.address ?? '');
        return answer.headers.get('x-revision') === revisionName;
      });
      await untilHealth({ ...world, apps: again.apps }, 'web', revisionName, 'Healthy');
      await again.apps.deactivateRevision('web', `web--r${round - 1}`);
    }
    await eventually('one program runs, the one that is wanted', async () => {
      const running = programs(/\/replicas\//);
      return running.length === 1 && running[0]?.includes('web--r6');
    });
  });

  for (const replicas of [1, 2]) {
    it(`never runs an execution twice, nor loses one, when it is killed at a start of ${replicas}`, async () => {
      const name = `job-${replicas}`;
      const job = {
        container: jobContainer(world, 'exit', '0'),
        secrets: [],
        replicaTimeoutSeconds: 60,
        replicaRetryLimit: 0,
        parallelism: replicas,
        replicaCompletionCount: replicas,
      };
      const first = await openLocalPlatform((await ensureEnvironment(world.directory)).address);
      await first.apps.putJob(name, job);
      let answered = 0;
      for (let round = 0; round < 6; round += 1) {
        const environment = await ensureEnvironment(world.directory);
        const { apps } = await openLocalPlatform(environment.address);
        const started = apps.startJob(name, jobContainer(world, 'exit', '0')).then(
          () => true,
          () => false,
        );
        for (let turn = 0; turn < round * 3; turn += 1) await readEnvironment(world.directory);
        await killDaemon(environment.pid);
        if (await started) answered += 1;
      }
      const { apps } = await openLocalPlatform((await ensureEnvironment(world.directory)).address);
      // Nobody kills this one: there is something to look at also where no start before was taken.
      const last = await apps.startJob(name, jobContainer(world, 'exit', '0'));
      const ended = await eventually('every execution has ended', async () => {
        const all = await apps.listExecutions(name);
        return all.every(({ status }) => !['Running', 'Processing'].includes(status)) && all;
      });
      assert.ok(ended.length > answered);
      assert.equal(ended.find((each) => each.name === last)?.status, 'Succeeded');
      for (const { name: execution, status, reason } of ended) {
        const { lines } = await apps.executionLogs(name, execution, 10);
        const ran = lines.filter((line) => line.startsWith('started')).length;
        if (status === 'Succeeded') assert.equal(ran, replicas, execution);
        else {
          assert.deepEqual([status, reason?.split(':')[0]], ['Failed', 'NeverStarted'], execution);
          assert.ok(ran < replicas, execution);
        }
      }
    });
  }
});

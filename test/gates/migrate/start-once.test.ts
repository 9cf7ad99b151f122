import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { markVariable } from '../../../gates/migrate/facts.ts';
import { marked, startOnce } from '../../../gates/migrate/start-once.ts';
import type { Execution, JobSpec } from '../../../infra/container-apps/container-apps.ts';
import { openContainerApps } from '../../../infra/container-apps/open-container-apps.ts';
import { environmentPaths } from '../../../infra/local/environment-paths.ts';
import { readIfThere } from '../../../infra/local/write-atomic.ts';
import { jobContainer, openWorld, type World } from '../../infra/local/world.ts';
import { faultyProxy, type Treatment } from '../../support/faulty-proxy.ts';

describe('starting the migration job once', () => {
  let world: World;
  let job: JobSpec;

  before(async () => {
    world = await openWorld();
    job = {
      container: jobContainer(world, 'exit', '0'),
      secrets: [],
      replicaTimeoutSeconds: 60,
      replicaRetryLimit: 0,
      parallelism: 1,
      replicaCompletionCount: 1,
    };
    await world.apps.putJob('migrate', job);
  });
  after(() => world.close());

  /** Starts it through a proxy that treats starts and lists in turn as told, and passes on what comes after that. */
  async function startThrough(
    mark: string,
    starts: Treatment[],
    lists: Treatment[] = [],
    before: readonly Execution[] = [],
  ): Promise<string> {
    const endpoint = world.environment.address.endpoint ?? '';
    const proxy = await faultyProxy(endpoint, (method, path) => {
      if (method === 'POST' && path.includes('/start')) return starts.shift() ?? 'pass';
      if (method === 'GET' && path.includes('/executions')) return lists.shift() ?? 'pass';
      return 'pass';
    });
    const token = (await readIfThere(environmentPaths(world.directory).token)) ?? '';
    const credential = { getToken: async () => ({ token, expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
    const apps = openContainerApps({ ...world.environment.address, endpoint: proxy.address }, credential);
    try {
      return await startOnce(apps, 'migrate', job, mark, before);
    } finally {
      await proxy.close();
    }
  }

  const namesOf = async (mark: string) => (await marked(world.apps, 'migrate', mark)).map((one) => one.name);

  const lost: readonly (readonly [string, Treatment])[] = [
    ['is answered with a 500', { status: 500, passOn: true }],
    [
      'is answered with a 503 and the wish for a repetition',
      { status: 503, headers: { 'retry-after': '0' }, passOn: true },
    ],
    [
      'is answered with a 429 and the wish for a repetition',
      { status: 429, headers: { 'retry-after': '0' }, passOn: true },
    ],
    ['is not answered at all', 'cut after passing'],
  ];
  for (const [what, treatment] of lost) {
    it(`finds the execution of a start that arrived and ${what}, and starts no other`, async () => {
      const name = await startThrough(what, [treatment]);
      assert.deepEqual(await namesOf(what), [name]);
    });
  }

  it('finds it also when the list of executions fails for a while', async () => {
    const failing: Treatment[] = Array.from({ length: 9 }, () => ({ status: 500, passOn: false }));
    const name = await startThrough('failing lists', [{ status: 500, passOn: true }], failing);
    assert.deepEqual(await namesOf('failing lists'), [name]);
  });

  it('says that nothing was started, and starts nothing by itself, when the start never arrived', async () => {
    for (const status of [429, 500]) {
      const treatment = { status, headers: { 'retry-after': '0' }, passOn: false };
      await assert.rejects(startThrough('never arrived', [treatment]), /JOB_NOT_STARTED/);
      assert.deepEqual(await namesOf('never arrived'), []);
    }
    const name = await startThrough('never arrived', []);
    assert.deepEqual(await namesOf('never arrived'), [name]);
  });

  it('does not take an execution that ended before for the one whose start was lost', async () => {
    const container = { ...job.container, env: [{ name: markVariable, value: 'again' }] };
    const earlier = await world.apps.startJob('migrate', container);
    const before = await marked(world.apps, 'migrate', 'again');
    assert.deepEqual(
      before.map((one) => one.name),
      [earlier],
    );
    const name = await startThrough('again', [{ status: 500, passOn: true }], [], before);
    assert.notEqual(name, earlier);
    assert.deepEqual((await namesOf('again')).sort(), [earlier, name].sort());
  });
});

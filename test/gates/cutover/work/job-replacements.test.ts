import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { jobWorkers } from '../../../../gates/cutover/work/job-workers.ts';
import { replacements } from '../../../../gates/cutover/work/workers.ts';
import { ArmError } from '../../../../infra/container-apps/arm-error.ts';
import type { ContainerApps } from '../../../../infra/container-apps/container-apps.ts';
import { imageDigest, importImage } from '../../../../infra/local/images.ts';
import { openLocalPlatform } from '../../../../infra/local/open-local-platform.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { until } from '../../../support/until.ts';
import { sharedEnvironment } from '../../local-environment.ts';

const job = 'failing-workers';

describe('a worker of a job that is lost', function () {
  this.timeout(180_000);
  let apps: ContainerApps;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    const { environment, directory } = await sharedEnvironment();
    ({ apps } = await openLocalPlatform(environment.address));
    folder = await temporaryFolder();
    await writeFile(join(folder.path, 'empty'), '');
    await mkdir(join(folder.path, 'image'));
    await writeFile(join(folder.path, 'image/empty'), '');
    const digest = await imageDigest(join(folder.path, 'image'));
    await importImage(directory, join(folder.path, 'image'), digest);
    await apps.putJob(job, {
      container: {
        name: 'worker',
        image: `failing@sha256:${digest}`,
        command: ['node', '-e', `console.log('a last word'); process.exit(3)`, '--'],
        env: [{ name: 'THE_TARGET', secretRef: 'target' }],
      },
      secrets: [{ name: 'target', value: 'postgres://nowhere' }],
      replicaTimeoutSeconds: 60,
      replicaRetryLimit: 0,
      parallelism: 1,
      replicaCompletionCount: 1,
    });
  });
  after(() => folder.remove());

  /** Follows one worker to its end; `changes` are what the platform's API does once it has been started. */
  async function followed(run: string, changes: Partial<ContainerApps>) {
    const lines: string[] = [];
    let through = apps;
    const reached = new Proxy(apps, { get: (_, name) => Reflect.get(through, name) });
    const variables = { target: 'THE_TARGET' };
    const start = jobWorkers({ apps: reached, job, count: 1, variables, everyMs: 1 });
    const workers = await start(run, (line) => lines.push(line));
    through = { ...apps, ...changes };
    let ended: string | undefined;
    await until('no worker is left', async () => {
      ended = await workers.tend();
      return ended !== undefined;
    });
    await workers.stop();
    const started = lines.filter((line) => line.startsWith('works as ')).length;
    const said = (words: string) => lines.filter((line) => line.includes(words)).length;
    return { ended, started, said };
  }

  it('is replaced as often as without them where the platform cannot be asked in between', async () => {
    let asked = 0;
    const { ended, started, said } = await followed('faults that pass', {
      listExecutions: async (name) => {
        asked += 1;
        if (asked <= 5)
          throw new ArmError('list executions: 503', { status: 503, code: 'Unavailable', transient: true });
        return apps.listExecutions(name);
      },
    });
    assert.equal(started, 1 + replacements);
    assert.match(ended ?? '', /^failing-workers-\w+ Failed with exit code 3$/);
    assert.equal(said('list executions: 503'), 5);
    assert.equal(said('another one takes its place'), replacements);
    assert.equal(said('a last word'), replacements);
  });

  it('is given up where the platform refuses another one again and again, and it is said why', async () => {
    let refused = 0;
    const { ended, started } = await followed('a refusal that stays', {
      startJob: async () => {
        refused += 1;
        throw new ArmError('start job: no more of them', { code: 'QuotaExceeded', transient: false });
      },
    });
    assert.deepEqual([started, refused], [1, 10]);
    assert.match(
      ended ?? '',
      /^failing-workers-\w+ Failed with exit code 3, and no other one could be started: .*no more of them/,
    );
  });

  it('is replaced also where its last words cannot be had', async () => {
    const { started } = await followed('without logs', {
      executionLogs: async () => {
        throw new ArmError('logs: 404', { status: 404, code: 'NotFound', transient: false });
      },
    });
    assert.equal(started, 1 + replacements);
  });
});

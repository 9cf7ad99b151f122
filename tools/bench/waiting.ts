import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { progressOf } from '../../gates/kernel/progress.ts';
import { openWorld, type World } from '../../gates/kernel/world.ts';
import { withLogs } from '../../gates/migrate/execution-logs.ts';
import { follow } from '../../gates/migrate/follow.ts';
import { followRun } from '../../gates/runner/follow-run.ts';
import { openContainerApps } from '../../infra/container-apps/open-container-apps.ts';
import { destroyEnvironment, ensureEnvironment } from '../../infra/local/environment.ts';
import { environmentPaths } from '../../infra/local/environment-paths.ts';
import { imageDigest, importImage } from '../../infra/local/images.ts';
import { openLocalPlatform } from '../../infra/local/open-local-platform.ts';
import { readIfThere } from '../../infra/local/write-atomic.ts';
import { faultyProxy } from '../../test/support/faulty-proxy.ts';
import type { PromotionProject } from '../../test/support/promotion-project.ts';
import { projectRoot } from '../project.ts';
import type { BenchRow } from './bench-row.ts';

/** What the gate waits between two looks on this machine, and in the cloud, in seconds; for the log stream there too. */
const pollSeconds = { near: 0.25, far: 5 };
const streamSeconds = 30;
const watchedSeconds = 60;

/** From the end of a migration's process to the verdict, in whole promotions: the gate's own share of waiting. */
export async function benchVerdict(project: PromotionProject): Promise<readonly BenchRow[]> {
  const first = project.config.release.sha;
  await project.pointTo('good');
  const promoted = await project.up();
  assert.equal(promoted.code, 0, promoted.output);
  const { apps } = await project.platform();
  const waits: number[] = [];
  for (const sha of [first, project.config.release.sha]) {
    const { executionName, finishedAt } = await project.evidence(sha, 'migration.json');
    const endTime = (await apps.getExecution('migrate', executionName))?.endTime ?? '';
    waits.push((Date.parse(finishedAt) - Date.parse(endTime)) / 1000);
  }
  const figures = { ours: Math.max(...waits), other: pollSeconds.near + 1 };
  const note = `the longer of ${waits.length}: history, hashes and catalog are read in it`;
  const name = "a job's real end to the verdict ÷ one poll interval + 1 s";
  return [{ name, ...figures, ratio: figures.ours / figures.other, limit: 1, unit: 's', note }];
}

/** Calls of ARM in a minute of waiting with the cloud's intervals: by the gate itself, and with the engine that waits for it. */
export async function benchCalls(): Promise<readonly BenchRow[]> {
  const root = await mkdtemp(join(tmpdir(), 'waiting-'));
  const directory = join(root, 'environment');
  const { address, database } = await ensureEnvironment(directory);
  const calls = { gate: 0, engine: 0 };
  const proxies = await Promise.all(
    (['gate', 'engine'] as const).map((who) =>
      faultyProxy(address.endpoint ?? '', () => {
        calls[who] += 1;
        return 'pass';
      }),
    ),
  );
  try {
    const [gate, engine] = proxies.map((proxy) => proxy.address) as [string, string];
    const local = await openLocalPlatform(address);
    const name = await start(local.apps, directory, join(root, 'image'));
    const token = (await readIfThere(environmentPaths(directory).token)) ?? '';
    const credential = { getToken: async () => ({ token, expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
    const through = (endpoint: string) => openContainerApps({ ...address, endpoint }, credential);
    // The kind is what makes the gate listen to the log stream; the one here ends at once, so it is looked for again.
    const platform = { ...local, apps: through(gate), address: { ...address, endpoint: gate, kind: 'azure' as const } };
    const bound = AbortSignal.timeout(watchedSeconds * 1000);
    const opened = openWorld(
      'migrate',
      { platform: address, database },
      { signal: bound, attempt: undefined, pending: true },
    );
    const world: World = { ...opened.world, platform: async () => platform };
    const run = { job: 'waits', name, migrator: 'migrator' };
    const ends = await Promise.allSettled([
      withLogs(platform, 'waits', name, () => follow(world, run, 900, pollSeconds.far * 1000), streamSeconds * 1000),
      followRun(through(engine), { job: 'waits', name, near: false }, async () => false, bound, progressOf('engine')),
    ]);
    for (const end of ends) assert.equal(end.status, 'rejected', 'the execution ended before the minute was over');
    await opened.close();
    await local.apps.stopExecution('waits', name);
    const note = `counted at the local ARM endpoint over ${watchedSeconds} s, the log stream looked for every ${streamSeconds} s`;
    const unit = 'calls/min';
    return [
      { name: 'ARM calls a minute of a migration waited for', ours: calls.gate, limit: 20, unit, note },
      {
        ...{ name: 'the same by a gate in a job, and by the engine that waits for it', unit, limit: 20 },
        ...{
          ours: calls.gate + calls.engine,
          note: `${calls.gate} and ${calls.engine}; the reply is a blob, and no call`,
        },
      },
    ];
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await destroyEnvironment(directory);
    await rm(root, { recursive: true, force: true });
  }
}

/** A job that runs for longer than it is watched. */
async function start(apps: ReturnType<typeof openContainerApps>, directory: string, image: string): Promise<string> {
  await cp(join(projectRoot, 'test/infra/local/program.mjs'), join(image, 'program.mjs'));
  const digest = await imageDigest(image);
  await importImage(directory, image, digest);
  const container = {
    name: 'waits',
    image: `program@sha256:${digest}`,
    command: ['node', 'program.mjs', 'sleep', '600000'],
    env: [],
  };
  const once = { replicaTimeoutSeconds: 900, replicaRetryLimit: 0, parallelism: 1, replicaCompletionCount: 1 };
  await apps.putJob('waits', { container, secrets: [], ...once });
  return apps.startJob('waits', container);
}

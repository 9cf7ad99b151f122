import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AppSpec,
  ContainerApps,
  ContainerSpec,
  TrafficWeight,
} from '../../../infra/container-apps/container-apps.ts';
import { destroyEnvironment, ensureEnvironment, type LocalEnvironment } from '../../../infra/local/environment.ts';
import { imageDigest, importImage } from '../../../infra/local/images.ts';
import { openLocalPlatform } from '../../../infra/local/open-local-platform.ts';
import { waitUntil } from '../../../infra/local/wait-until.ts';
import type { Platform } from '../../../infra/platform.ts';

/** A local environment of a test's own, with the test program in its image store. */
export interface World {
  readonly directory: string;
  readonly environment: LocalEnvironment;
  readonly platform: Platform;
  readonly apps: ContainerApps;
  readonly image: string;
  close(): Promise<void>;
}

/** Starts an environment in a new directory. */
export async function openWorld(): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
  const directory = join(root, 'environment');
  const source = join(root, 'source');
  await cp(join(import.meta.dirname, 'program.mjs'), join(source, 'program.mjs'));
  const environment = await ensureEnvironment(directory);
  const digest = await imageDigest(source);
  await importImage(directory, source, digest);
  const platform = await openLocalPlatform(environment.address);
  return {
    directory,
    environment,
    platform,
    apps: platform.apps,
    image: `program@sha256:${digest}`,
    close: async () => {
      await destroyEnvironment(directory);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The test program as an app. */
export function appSpec(
  world: World,
  revisionSuffix: string,
  traffic: TrafficWeight[],
  changes: Partial<AppSpec> = {},
): AppSpec {
  return {
    container: webContainer(world),
    revisionSuffix,
    replicas: 1,
    probe: { port: 8080, path: '/health', startupSeconds: 20 },
    ingress: { external: true, targetPort: 8080, traffic },
    secrets: [{ name: 'database-url', keyVaultUrl: 'local://secrets/database-url-app' }],
    ...changes,
  };
}

/** The test program as a container that serves. */
export function webContainer(world: World, env: ContainerSpec['env'] = []): ContainerSpec {
  return {
    name: 'web',
    image: world.image,
    command: ['node', 'program.mjs'],
    env: [
      { name: 'WS_MODULE', value: import.meta.resolve('ws') },
      { name: 'DATABASE_URL', secretRef: 'database-url' },
      ...env,
    ],
  };
}

/** The test program as a job's container. */
export function jobContainer(world: World, ...args: string[]): ContainerSpec {
  return { name: 'job', image: world.image, command: ['node', 'program.mjs', ...args], env: [] };
}

/** Asks until `condition` gives something, and fails the test when it does not. */
export async function eventually<T>(what: string, condition: () => Promise<T | undefined | false>): Promise<T> {
  const value = await waitUntil(condition, 100_000, 50);
  assert.notEqual(value, undefined, `this did not come about: ${what}`);
  return value as T;
}

/** Kills a daemon, and waits until nobody can take it for one that lives. */
export async function killDaemon(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await eventually('the daemon is gone', async () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
}

/** Waits until a revision is as the platform should come to say it is. */
export async function untilHealth(world: World, app: string, revision: string, health: string): Promise<void> {
  await eventually(
    `${revision} is ${health}`,
    async () => (await world.apps.getRevision(app, revision))?.health === health,
  );
}

/** Puts the app with its first revision at 100 and waits until that is healthy. */
export async function deploy(
  world: World,
  app: string,
  suffix: string,
  changes: Partial<AppSpec> = {},
): Promise<string> {
  const revision = `${app}--${suffix}`;
  const state = await world.apps.putApp(
    app,
    appSpec(world, suffix, [{ revisionName: revision, weight: 100 }], changes),
  );
  await untilHealth(world, app, revision, 'Healthy');
  assert.ok(state.address);
  return state.address;
}

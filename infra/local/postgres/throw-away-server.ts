import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ThrowAwayServer } from '../../platform.ts';
import { EnvironmentError } from '../environment-error.ts';
import { type EnvironmentPaths, environmentPaths } from '../environment-paths.ts';
import { namesIfThere } from '../write-atomic.ts';
import { runBootstrap } from './bootstrap-sql.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { clusterMajor, dataDirectory, ensureCluster } from './postgres-cluster.ts';
import { reachableBinaries } from './postgres-home.ts';
import { databaseName, prepareDatabase } from './postgres-roles.ts';
import { startPostgres, stopPostgres } from './postgres-server.ts';
import { type PostgresUser, postgresUser } from './postgres-user.ts';

const STOP_MS = 10_000;

/**
 * Starts a server beside the environment's own, of the same major version: empty, or from the data directory that `fill`
 * makes. `bootstrap` runs the environment's bootstrap SQL on it. One of the same name that an earlier, killed run left behind is stopped and removed first.
 */
export async function openThrowAway(
  directory: string,
  name: string,
  fill?: (data: string) => Promise<void>,
  bootstrap = false,
): Promise<ThrowAwayServer> {
  const own = environmentPaths(directory);
  const major = await clusterMajor(own);
  if (major === undefined) {
    throw new EnvironmentError('ENVIRONMENT_EMPTY', `there is no PostgreSQL data in ${directory}; start it: npm start`);
  }
  const paths: EnvironmentPaths = { ...own, postgres: join(own.postgres, 'throw-away', name) };
  const remove = async () => {
    await stopPostgres(paths, STOP_MS);
    await rm(paths.postgres, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  await remove();
  const user = await postgresUser();
  const binaries = await reachableBinaries(own.postgres, await postgresBinaries(major, own.postgres));
  try {
    await makeHome(own, paths, user);
    if (fill === undefined) await ensureCluster(paths, binaries, user);
    else {
      await fill(dataDirectory(paths));
      await giveToPostgres(dataDirectory(paths));
    }
    const { port } = await startPostgres(paths, binaries, user, undefined);
    if (fill === undefined) await prepareDatabase(directory, port);
    if (bootstrap) await runBootstrap(directory, port);
    return { database: { host: '127.0.0.1', port, database: databaseName, tls: false }, close: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Stops and removes every throw-away server of the environment, whoever left it. */
export async function removeThrowAways(own: EnvironmentPaths): Promise<void> {
  const folder = join(own.postgres, 'throw-away');
  for (const name of await namesIfThere(folder)) {
    const paths = { ...own, postgres: join(folder, name) };
    await stopPostgres(paths, STOP_MS);
    await rm(paths.postgres, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function makeHome(own: EnvironmentPaths, paths: EnvironmentPaths, user: PostgresUser | undefined): Promise<void> {
  await mkdir(paths.postgres, { recursive: true, mode: 0o700 });
  if (!user) return;
  for (const folder of [join(own.postgres, 'throw-away'), paths.postgres]) {
    await chown(folder, 0, user.gid);
    await chmod(folder, 0o710);
  }
}

/** Under root the files belong to PostgreSQL's user; the data directory is closed to everybody else. */
export async function giveToPostgres(data: string): Promise<void> {
  const user = await postgresUser();
  await chmod(data, 0o700);
  if (!user) return;
  await chown(data, user.uid, user.gid);
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  await Promise.all(entries.map((entry) => chown(join(entry.parentPath, entry.name), user.uid, user.gid)));
}

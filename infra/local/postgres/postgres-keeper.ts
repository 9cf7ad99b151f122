import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError } from '../environment-error.ts';
import type { EnvironmentPaths } from '../environment-paths.ts';
import { processHasArgument } from '../process/process-arguments.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { clusterMajor, dataDirectory, ensureCluster, preparePostgresHome } from './postgres-cluster.ts';
import { reachableBinaries } from './postgres-home.ts';
import { bootstrapRoles } from './postgres-roles.ts';
import { findPostgres, type RunningPostgres, startPostgres } from './postgres-server.ts';
import { postgresUser } from './postgres-user.ts';

const POLL_MS = 200;
const RETRY_MS = 500;

/** PostgreSQL under the daemon's care. */
export interface PostgresKeeper {
  readonly major: number;
  readonly port: number;
}

/**
 * Makes PostgreSQL run, from nothing or from data, and starts it again whenever it ends. `onPort` is told when it had
 * to take another port.
 */
export async function keepPostgres(
  paths: EnvironmentPaths,
  major: number | undefined,
  preferredPort: number | undefined,
  onPort: (port: number) => Promise<void>,
): Promise<PostgresKeeper> {
  const user = await postgresUser();
  const existing = await clusterMajor(paths);
  if (major !== undefined && existing !== undefined && major !== existing) {
    throw new EnvironmentError(
      'POSTGRES_MAJOR_MISMATCH',
      `the data in ${dataDirectory(paths)} belongs to PostgreSQL ${existing}, and ${major} was asked for; ` +
        `ask for ${existing}, or destroy the environment to begin with ${major}`,
    );
  }
  const installed = await postgresBinaries(major ?? existing, paths.postgres);
  await preparePostgresHome(paths, user);
  const binaries = await reachableBinaries(paths.postgres, installed);
  await ensureCluster(paths, binaries, user);
  const first = await startPostgres(paths, binaries, user, preferredPort);
  await bootstrapRoles(paths.directory, first.port);

  const watch = async (): Promise<void> => {
    let running: RunningPostgres = first;
    for (;;) {
      await delay(POLL_MS);
      if (await processHasArgument(running.pid, dataDirectory(paths))) continue;
      try {
        const again = (await findPostgres(paths)) ?? (await startPostgres(paths, binaries, user, running.port));
        console.error(`PostgreSQL had ended; it runs again with pid ${again.pid} on port ${again.port}`);
        if (again.port !== running.port) {
          await bootstrapRoles(paths.directory, again.port);
          await onPort(again.port);
        }
        running = again;
      } catch (error) {
        console.error(`PostgreSQL could not be started: ${(error as Error).message}`);
        await delay(RETRY_MS);
      }
    }
  };
  void watch();
  return { major: binaries.major, port: first.port };
}

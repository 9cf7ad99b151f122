import { rename } from 'node:fs/promises';
import { ensureEnvironment, stopEnvironment } from './environment.ts';
import { environmentPaths } from './environment-paths.ts';
import { serverOfDatabase } from './pointer.ts';
import { localBackups } from './postgres/base-backup.ts';
import { dataDirectory } from './postgres/postgres-cluster.ts';

/**
 * Stops the environment, puts a base backup in the place of the data of the server that has its database, and starts it again. The data that was
 * there is set aside beside it; when it fails before the swap, the environment is as it was.
 */
export async function restoreBackup(
  directory: string,
  name: string,
): Promise<{ readonly takenAt: string; readonly setAside: string }> {
  const server = await serverOfDatabase(directory);
  const data = dataDirectory(environmentPaths(server.directory));
  const backups = localBackups(server.directory);
  const fresh = `${data}.restored`;
  const { takenAt } = await backups.copy(name, fresh);
  await stopEnvironment(directory);
  const setAside = `${data}.before-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  await rename(data, setAside);
  await rename(fresh, data);
  await ensureEnvironment(directory);
  return { takenAt, setAside };
}

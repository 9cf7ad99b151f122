import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentPaths } from '../../../../infra/local/environment-paths.ts';
import { ensureCluster, preparePostgresHome } from '../../../../infra/local/postgres/postgres-cluster.ts';
import { startPostgres, stopPostgres } from '../../../../infra/local/postgres/postgres-server.ts';
import { postgresUser } from '../../../../infra/local/postgres/postgres-user.ts';
import { readSecret } from '../../../../infra/local/secrets.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const root = '/usr/lib/postgresql/15';

/** Whether the system has a PostgreSQL 15 as Debian installs it. */
export const hasDebian15 = existsSync(join(root, 'bin/postgres'));

/** Starts one; its database is `postgres`. */
export async function debian15(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const folder = await temporaryFolder();
  const directory = join(folder.path, 'environment');
  await mkdir(directory, { mode: 0o711 });
  const paths = environmentPaths(directory);
  const user = await postgresUser();
  const binaries = { major: 15, root, initdb: join(root, 'bin/initdb'), postgres: join(root, 'bin/postgres') };
  await preparePostgresHome(paths, user);
  await ensureCluster(paths, binaries, user);
  const { port } = await startPostgres(paths, binaries, user, undefined);
  const password = await readSecret(directory, 'database-password-postgres');
  const close = async () => {
    await stopPostgres(paths, 10_000);
    await folder.remove();
  };
  return { url: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`, close };
}

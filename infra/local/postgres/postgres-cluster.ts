import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EnvironmentError } from '../environment-error.ts';
import type { EnvironmentPaths } from '../environment-paths.ts';
import { ensureSecret } from '../secrets.ts';
import { readIfThere } from '../write-atomic.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { PostgresUser } from './postgres-user.ts';

const run = promisify(execFile);

/** The data directory of the environment's PostgreSQL. */
export function dataDirectory(paths: EnvironmentPaths): string {
  return join(paths.postgres, 'data');
}

/** The major version the data was made with, or undefined when there is no data yet. */
export async function clusterMajor(paths: EnvironmentPaths): Promise<number | undefined> {
  const version = await readIfThere(join(dataDirectory(paths), 'PG_VERSION'));
  return version === undefined ? undefined : Number.parseInt(version, 10);
}

/** Makes the data directory when there is none. A start that was killed half-way leaves nothing that counts. */
export async function ensureCluster(
  paths: EnvironmentPaths,
  binaries: PostgresBinaries,
  user: PostgresUser | undefined,
): Promise<void> {
  if ((await clusterMajor(paths)) !== undefined) return;
  const fresh = `${dataDirectory(paths)}.new`;
  const passwordFile = join(paths.postgres, 'superuser');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await writeFile(passwordFile, await ensureSecret(paths.directory, 'database-password-postgres'), { mode: 0o600 });
  if (user) {
    await chown(fresh, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  try {
    await run(binaries.initdb, initdbArguments(fresh, passwordFile, binaries.major), { ...user, cwd: paths.postgres });
  } catch (error) {
    const output = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new EnvironmentError('POSTGRES_INITDB_FAILED', `initdb did not make the data directory: ${output}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(fresh, dataDirectory(paths));
}

function initdbArguments(data: string, passwordFile: string, major: number): string[] {
  // The built-in provider sorts the same on every machine; it came with 17.
  const locale = major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  return [
    `--pgdata=${data}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    ...locale,
  ];
}

/** Makes PostgreSQL's folder, through which its user, and nobody else, can pass to the data. */
export async function preparePostgresHome(paths: EnvironmentPaths, user: PostgresUser | undefined): Promise<void> {
  await mkdir(paths.postgres, { recursive: true, mode: 0o700 });
  if (!user) return;
  for (const folder of [dirname(paths.postgres), paths.postgres]) {
    await chown(folder, 0, user.gid);
    await chmod(folder, 0o710);
  }
}

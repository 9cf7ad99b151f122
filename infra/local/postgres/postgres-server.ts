import { spawn } from 'node:child_process';
import { open, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { choosePort } from '../choose-port.ts';
import { EnvironmentError } from '../environment-error.ts';
import type { EnvironmentPaths } from '../environment-paths.ts';
import { processHasArgument } from '../process/process-arguments.ts';
import { readSecret } from '../secrets.ts';
import { waitUntil } from '../wait-until.ts';
import { readIfThere } from '../write-atomic.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { dataDirectory } from './postgres-cluster.ts';
import type { PostgresUser } from './postgres-user.ts';

const READY_WITHIN_MS = 60_000;
const LOG_BYTES = 10_000_000;
const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  // WAL that replication can follow: a cutover must not need a restart of the server that serves.
  'wal_level=logical',
];

/** A PostgreSQL that runs for the environment: started by this daemon, or by one before it. */
export interface RunningPostgres {
  readonly pid: number;
  readonly port: number;
}

/** The running server of the environment's data directory, whoever started it. */
export async function findPostgres(paths: EnvironmentPaths): Promise<RunningPostgres | undefined> {
  const lines = (await readIfThere(join(dataDirectory(paths), 'postmaster.pid')))?.split('\n');
  if (!lines) return undefined;
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!(await processHasArgument(pid, dataDirectory(paths)))) return undefined;
  return { pid, port };
}

/** Starts PostgreSQL on `preferredPort`, or on another when that is taken, and waits until it lets us in. */
export async function startPostgres(
  paths: EnvironmentPaths,
  binaries: PostgresBinaries,
  user: PostgresUser | undefined,
  preferredPort: number | undefined,
): Promise<RunningPostgres> {
  const data = dataDirectory(paths);
  const adopted = await findPostgres(paths);
  if (adopted?.port) {
    await untilReady(paths, adopted.port, () => processHasArgument(adopted.pid, data));
    return adopted;
  }
  // Left by a killed server. PostgreSQL itself believes it when the pid has been given to someone else since.
  await rm(join(data, 'postmaster.pid'), { force: true });
  const port = await choosePort(preferredPort);
  const logFile = join(paths.postgres, 'log');
  const log = await open(logFile, 'a', 0o600);
  if ((await log.stat()).size > LOG_BYTES) await truncate(logFile);
  const server = spawn(
    binaries.postgres,
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...user, cwd: paths.postgres, detached: true, stdio: ['ignore', log.fd, log.fd], env: { LC_ALL: 'C', PATH: '' } },
  );
  const failure = new Promise<string>((resolve) => {
    server.once('error', (error) => resolve(error.message));
    server.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
  server.unref();
  await log.close();
  let ended: string | undefined;
  void failure.then((reason) => {
    ended = reason;
  });
  await untilReady(paths, port, () => ended === undefined).catch(async (error: EnvironmentError) => {
    const tail = (await readIfThere(logFile))?.trim().split('\n').slice(-4).join(' | ');
    throw new EnvironmentError(error.code, `${error.message}${ended ? ` (${ended})` : ''}; its log ends: ${tail}`);
  });
  return { pid: server.pid ?? 0, port };
}

/** Stops PostgreSQL: sessions are ended, data is flushed; SIGKILL only after `graceMs`. */
export async function stopPostgres(paths: EnvironmentPaths, graceMs: number): Promise<void> {
  const running = await findPostgres(paths);
  if (!running) return;
  const gone = async () => !(await processHasArgument(running.pid, dataDirectory(paths)));
  process.kill(running.pid, 'SIGINT');
  if (await waitUntil(gone, graceMs)) return;
  process.kill(-running.pid, 'SIGKILL');
  await waitUntil(gone, 5_000);
}

async function untilReady(
  paths: EnvironmentPaths,
  port: number,
  isAlive: () => boolean | Promise<boolean>,
): Promise<void> {
  const password = await readSecret(paths.directory, 'database-password-postgres');
  const ready = await waitUntil<'ready' | 'dead'>(async () => {
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password,
      database: 'postgres',
      connectionTimeoutMillis: 2_000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return 'ready';
    } catch (error) {
      if ((error as { code?: string }).code === '28P01') {
        throw new EnvironmentError(
          'POSTGRES_PASSWORD',
          'PostgreSQL refuses the password in secrets/database-password-postgres',
        );
      }
      return (await isAlive()) ? undefined : 'dead';
    } finally {
      await client.end().catch(() => undefined);
    }
  }, READY_WITHIN_MS);
  if (ready === 'ready') return;
  throw new EnvironmentError('POSTGRES_NOT_READY', `PostgreSQL did not become ready on port ${port}`);
}

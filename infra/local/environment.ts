import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseAddress, PlatformAddress } from '../platform.ts';
import { isPortOpen } from './choose-port.ts';
import { EnvironmentError } from './environment-error.ts';
import { lockHolder } from './environment-lock.ts';
import { directoryName, type EnvironmentPaths, environmentPaths } from './environment-paths.ts';
import { type EnvironmentRecord, readRecord } from './environment-record.ts';
import { environmentId, resourceGroup, subscriptionId } from './local-address.ts';
import { pointedDatabase, pointedEnvironment, putDatabaseUrls } from './pointer.ts';
import { processHasArgument } from './process/process-arguments.ts';
import { readIfThere } from './write-atomic.ts';

export { putSecret, readSecret } from './secrets.ts';

/** A local environment that runs. */
export interface LocalEnvironment {
  readonly address: PlatformAddress;
  /** The application's: the environment's own, or the one it was pointed to. */
  readonly database: DatabaseAddress;
  /** The daemon's. */
  readonly pid: number;
}

const READY_WITHIN_MS = 90_000;
const INSTALL_WITHIN_MS = 360_000;
const STOPPED_WITHIN_MS = 60_000;
const POLL_MS = 50;
const LOG_BYTES = 5_000_000;

/**
 * Starts the environment in `directory` unless it runs, and waits until its daemon and PostgreSQL answer. Any number of
 * callers at once end up with one daemon. Where the application has the database of another environment, that one is started
 * too, before it.
 */
export async function ensureEnvironment(
  directory: string,
  options: { readonly postgresMajor?: number } = {},
): Promise<LocalEnvironment> {
  const other = await pointedEnvironment(directory);
  if (other !== undefined) await ensureOwn(other, {});
  const environment = await ensureOwn(directory, options);
  // The other server may have come back on another port than the services were given.
  if (other !== undefined) await putDatabaseUrls(environmentPaths(directory).directory, environment.database);
  return environment;
}

async function ensureOwn(directory: string, options: { readonly postgresMajor?: number }): Promise<LocalEnvironment> {
  const paths = environmentPaths(directory);
  await mkdir(paths.directory, { recursive: true, mode: 0o700 });
  const within = options.postgresMajor === undefined ? READY_WITHIN_MS : INSTALL_WITHIN_MS;
  const deadline = performance.now() + within;
  let mine: Daemon | undefined;
  while (performance.now() < deadline) {
    const record = await readRecord(paths.environment);
    const holder = await lockHolder(paths.locks);
    if (holder && record?.daemon === holder.argument && !record.failure && (await answers(record))) {
      return ready(paths, record, options);
    }
    if (mine && record?.daemon === mine.id && record.failure) {
      throw new EnvironmentError(record.failure.code, withoutCode(record.failure));
    }
    if (!holder && (!mine || mine.ended !== undefined)) {
      // One that lost the race for the lock ends with 3; any other early end is a defect to be shown.
      if (mine && mine.ended !== 3) throw await endedEarly(paths, mine);
      mine = await spawnDaemon(
        paths,
        options.postgresMajor === undefined ? [] : [`--postgres=${options.postgresMajor}`],
      );
    }
    await delay(POLL_MS);
  }
  throw new EnvironmentError(
    'ENVIRONMENT_NOT_READY',
    `the environment in ${directory} was not ready within ${within / 1000} s; ${paths.daemonLog} has more`,
  );
}

/** The environment in `directory` when it runs; starts and changes nothing. */
export async function readEnvironment(directory: string): Promise<LocalEnvironment | undefined> {
  const paths = environmentPaths(directory);
  const record = await readRecord(paths.environment);
  const holder = record && (await lockHolder(paths.locks));
  return holder && record.daemon === holder.argument && !record.failure ? describe(paths, record) : undefined;
}

/** Stops the daemon, every replica and execution, and PostgreSQL, that of the environment pointed to as well. The data stays. */
export async function stopEnvironment(directory: string): Promise<void> {
  const other = await pointedEnvironment(directory);
  await stopOwn(directory);
  if (other !== undefined) await stopOwn(other);
}

async function stopOwn(directory: string): Promise<void> {
  const paths = environmentPaths(directory);
  if (!(await isThere(paths.directory))) return;
  const deadline = performance.now() + STOPPED_WITHIN_MS;
  let stopper: Daemon | undefined;
  for (;;) {
    if (stopper?.ended === 0) return;
    if (stopper && stopper.ended !== undefined && stopper.ended !== 3) throw await endedEarly(paths, stopper);
    const holder = await lockHolder(paths.locks);
    if (holder && holder.argument !== stopper?.id) await terminate(holder.pid, holder.argument);
    else if (!stopper || stopper.ended !== undefined) stopper = await spawnDaemon(paths, ['--stop']);
    if (performance.now() > deadline) {
      throw new EnvironmentError(
        'ENVIRONMENT_NOT_STOPPED',
        `the environment in ${directory} did not stop within ${STOPPED_WITHIN_MS / 1000} s; ${paths.daemonLog} has more`,
      );
    }
    await delay(POLL_MS);
  }
}

/** Stops the environment and removes all of its data. */
export async function destroyEnvironment(directory: string): Promise<void> {
  await stopEnvironment(directory);
  const paths = environmentPaths(directory);
  for (const folder of [paths.postgres, paths.directory]) {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function answers({ port, database }: EnvironmentRecord): Promise<boolean> {
  return (await isPortOpen(port)) && (await isPortOpen(database.port));
}

interface Daemon {
  readonly id: string;
  ended: number | undefined;
}

async function spawnDaemon(paths: EnvironmentPaths, args: readonly string[]): Promise<Daemon> {
  const daemon: Daemon = { id: `--id=${randomUUID()}`, ended: undefined };
  const log = await open(paths.daemonLog, 'a', 0o600);
  if ((await log.stat()).size > LOG_BYTES) await log.truncate();
  const script = join(import.meta.dirname, 'daemon.ts');
  const child = spawn(process.execPath, [script, paths.directory, daemon.id, ...args], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: paths.directory,
  });
  child.once('exit', (code) => {
    daemon.ended = code ?? -1;
  });
  child.once('error', () => {
    daemon.ended = -1;
  });
  child.unref();
  await log.close();
  return daemon;
}

async function terminate(pid: number, argument: string): Promise<void> {
  if (!(await processHasArgument(pid, argument))) return;
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function ready(
  paths: EnvironmentPaths,
  record: EnvironmentRecord,
  options: { readonly postgresMajor?: number },
): Promise<LocalEnvironment> {
  if (options.postgresMajor === undefined || options.postgresMajor === record.postgresMajor) {
    return describe(paths, record);
  }
  throw new EnvironmentError(
    'POSTGRES_MAJOR_MISMATCH',
    `the environment runs PostgreSQL ${record.postgresMajor}, and ${options.postgresMajor} was asked for; ` +
      `ask for ${record.postgresMajor}, or destroy the environment to begin with ${options.postgresMajor}`,
  );
}

async function describe(paths: EnvironmentPaths, record: EnvironmentRecord): Promise<LocalEnvironment> {
  return {
    address: {
      kind: 'local',
      subscriptionId,
      resourceGroup,
      environmentId,
      endpoint: `http://127.0.0.1:${record.port}`,
      directory: directoryName(paths),
    },
    database: (await pointedDatabase(paths.directory)) ?? record.database,
    pid: record.pid,
  };
}

function withoutCode({ code, message }: { code: string; message: string }): string {
  return message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
}

async function endedEarly(paths: EnvironmentPaths, daemon: Daemon): Promise<EnvironmentError> {
  const tail = (await readIfThere(paths.daemonLog))?.trim().split('\n').slice(-3).join(' | ');
  return new EnvironmentError(
    'DAEMON_ENDED',
    `the daemon ended with code ${daemon.ended}; ${paths.daemonLog} ends: ${tail}`,
  );
}

/** A directory that may not be looked at is not a directory that is gone: what runs in it would go on running. */
function isThere(directory: string): Promise<boolean> {
  return stat(directory).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

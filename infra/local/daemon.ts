import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createAdaptorServer } from '@hono/node-server';
import { openApps } from './apps/apps.ts';
import { armServer } from './arm/arm-server.ts';
import { settleOperations } from './arm/operations.ts';
import { choosePort } from './choose-port.ts';
import { acquireLock } from './environment-lock.ts';
import { environmentPaths } from './environment-paths.ts';
import { type EnvironmentRecord, readRecord, writeRecord } from './environment-record.ts';
import { openJobs } from './jobs/jobs.ts';
import { environmentId, resourceGroup, subscriptionId } from './local-address.ts';
import { keepPostgres } from './postgres/postgres-keeper.ts';
import { databaseName } from './postgres/postgres-roles.ts';
import { stopEverything } from './stop-everything.ts';
import { readIfThere, writeAtomic } from './write-atomic.ts';

// The local environment's daemon: `daemon.ts DIRECTORY --id=ID [--postgres=MAJOR] [--stop]`. It dies with nothing lost:
// what is wanted is on disk, and replicas, executions and PostgreSQL are processes of their own.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { id: { type: 'string' }, postgres: { type: 'string' }, stop: { type: 'boolean' } },
});
const paths = environmentPaths(positionals[0] ?? '');
const daemon = `--id=${values.id ?? ''}`;
if (!values.id || !(await acquireLock(paths.locks, daemon))) process.exit(3);

if (values.stop) {
  await stopEverything(paths);
  process.exit(0);
}
// A terminal that closes does not take the environment with it. SIGTERM does end the daemon, and nothing else.
process.on('SIGHUP', () => undefined);

const before = await readRecord(paths.environment);
const draft = { version: 1, daemon, pid: process.pid, port: before?.port ?? 0 } as const;
const database = (port: number) => ({ host: '127.0.0.1', port, database: databaseName, tls: false });

try {
  await serve();
} catch (error) {
  const { code = 'DAEMON_START', message } = error as Error & { code?: string };
  console.error((error as Error).stack);
  const failure = { code, message };
  await writeRecord(paths.environment, {
    ...draft,
    database: database(before?.database.port ?? 0),
    postgresMajor: before?.postgresMajor ?? 0,
    failure,
  });
  process.exit(1);
}

async function serve(): Promise<void> {
  let record: EnvironmentRecord | undefined;
  const onPort = async (port: number): Promise<void> => {
    if (!record) return;
    record = { ...record, database: database(port) };
    await writeRecord(paths.environment, record);
    await restartReplicas();
  };
  let restartReplicas = async (): Promise<void> => undefined;
  const major = values.postgres === undefined ? undefined : Number(values.postgres);
  const postgres = await keepPostgres(paths, major, before?.database.port || undefined, onPort);

  await settleOperations(paths.operations);
  // Processes were given PostgreSQL's address when they started: when it moved, they start again.
  const adopt = before?.database.port === postgres.port;
  const token = await ensureToken();
  const [apps, jobs] = await Promise.all([openApps(paths, environmentId, adopt), openJobs(paths, environmentId)]);
  restartReplicas = apps.restartAll;
  const server = createAdaptorServer({
    fetch: armServer({ paths, token, subscriptionId, resourceGroup, apps, jobs }).fetch,
    overrideGlobalObjects: false,
  });
  const port = await choosePort(before?.port || undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  record = { ...draft, port, database: database(postgres.port), postgresMajor: postgres.major };
  await writeRecord(paths.environment, record);
}

async function ensureToken(): Promise<string> {
  const existing = await readIfThere(paths.token);
  if (existing) return existing;
  const token = randomBytes(32).toString('base64url');
  await writeAtomic(paths.token, token);
  return token;
}

import { argv, env, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client, DatabaseError } from 'pg';
import { connectionTo } from './service/connection.ts';

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));
/** How long a cancelled statement and its rollback may take before the connection is dropped: the server rolls back then. */
const STOP_MILLISECONDS = 1_500;
const BACKEND_PID = 'select pg_backend_pid() as pid';
const CANCEL_STATEMENT = 'select pg_cancel_backend($1)';
/** A job that is killed takes its statement with it: the server looks whether the client is still there. PostgreSQL 14 and later. */
const WATCH_CLIENT = `select set_config(name, '1000', false) from pg_settings where name = 'client_connection_check_interval'`;
const USAGE = 'node migrate.ts [up [count] | down [count]]';

const direction = argv[2] ?? 'up';
const count = Number(argv[3] ?? (direction === 'down' ? 1 : Number.POSITIVE_INFINITY));
if ((direction !== 'up' && direction !== 'down') || !(count > 0)) fail(`arguments not understood; use: ${USAGE}`);
if (!env.DATABASE_URL) fail('DATABASE_URL is missing; set it to postgres://… of the role that owns the schema');

// The role's own lock_timeout and statement_timeout bound every statement here: this program never sets them.
const client = newClient(env.DATABASE_URL);
let backend: number | undefined;
let stopping = false;
let current = '';

process.once('SIGTERM', stop);
process.once('SIGINT', stop);
const started = performance.now();
try {
  await client.connect();
  backend = (await client.query<{ pid: number }>(BACKEND_PID)).rows[0]?.pid;
  await client.query(WATCH_CLIENT);
  const done = await runner({
    dbClient: client,
    dir: MIGRATIONS,
    direction,
    count,
    migrationsTable: 'pgmigrations',
    checkOrder: true,
    singleTransaction: true, // All pending in one; a migration that calls pgm.noTransaction() runs alone between two.
    logger: { info: progress, warn: caution, error: () => undefined }, // What an error was is said once, at the end.
  });
  say(`${done.length} ${direction === 'up' ? 'applied' : 'reverted'} in ${seconds()}`);
  await client.end();
} catch (error) {
  if (stopping) stopped();
  fail(`${current && `${current}: `}${describe(error)} (after ${seconds()})`);
}
if (stopping) stopped();

function newClient(connectionString: string): Client {
  try {
    const bounds = { application_name: 'migrate', connectionTimeoutMillis: 10_000 };
    const created = new Client({ ...connectionTo(connectionString), ...bounds });
    // A lost connection also rejects the query under way, and is reported there.
    created.on('error', () => undefined);
    return created;
  } catch (error) {
    return fail(describe(error));
  }
}

/** The runner names each migration just before its statements run. */
function progress(line: string): void {
  const name = /^### MIGRATION (.+) \((?:UP|DOWN)\) ###$/.exec(line)?.[1];
  if (name) current = name;
  if (name) say(`${name} (${direction})`);
  else if (line.startsWith('No migrations')) say('nothing to do');
}

/** Says what the runner does with transactions; its other warnings only follow from an error that is said at the end. */
function caution(line: string): void {
  if (/transaction|rolling back/i.test(line)) say(line.replaceAll(/^[#> ]+|[< ]+$/g, ''));
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  say('told to stop: cancelling the running statement');
  setTimeout(stopped, STOP_MILLISECONDS);
  void cancelStatement();
}

async function cancelStatement(): Promise<void> {
  if (backend === undefined) return stopped();
  const second = newClient(env.DATABASE_URL ?? '');
  try {
    await second.connect();
    await second.query(CANCEL_STATEMENT, [backend]);
    await second.end();
  } catch (error) {
    say(`could not cancel, the connection is dropped instead: ${describe(error)}`);
    stopped();
  }
}

/** Ends as a stopped process does; whatever transaction is still open is rolled back by the server. */
function stopped(): never {
  say(`stopped ${current && `in ${current} `}after ${seconds()}; what was not committed is rolled back`);
  return exit(143);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, detail, hint } = error as Partial<DatabaseError>;
  const sqlState = error instanceof DatabaseError && code ? ` (SQLSTATE ${code})` : '';
  const message = error.message || code || error.name;
  return [message + sqlState, detail, hint]
    .filter(Boolean)
    .join('; ')
    .replaceAll(/\s*\n\s*/g, ' ');
}

function seconds(): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

function say(line: string): void {
  console.log(`migrate: ${line}`);
}

function fail(reason: string): never {
  console.error(`migrate: FAILED: ${reason}`);
  return exit(1);
}

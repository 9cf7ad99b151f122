import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { assembleRelease } from '../../../stacks/sample-releases/assemble.ts';
import { type DeskDatabase, type DeskServer, query, startDeskServer } from './desk-database.ts';
import { APP, assertStops, migrate, type Program, runProgram, startProgram, stopPrograms, until } from './program.ts';

const HISTORY = 'select name from pgmigrations order by run_on, id';
const SLEEPING = `select pid from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()`;
const MIGRATING = `select pid from pg_stat_activity where application_name = 'migrate' and datname = current_database()`;
const OPEN = `${MIGRATING} and state = 'idle in transaction'`;
/** The lock that node-pg-migrate takes. */
const TAKE_LOCK = 'select pg_advisory_lock(7241865325823964)';

describe('migrate.ts', function () {
  this.timeout(240_000);
  let server: DeskServer;
  let directory: string;

  before(async () => {
    server = await startDeskServer();
    const local = join(APP, '../../.sallyport');
    await mkdir(local, { recursive: true });
    directory = await mkdtemp(join(local, 'test-migrate-'));
  });
  after(async () => {
    await stopPrograms();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('says in one line what is missing or wrong, and exits with 1', async () => {
    const cases: { args: string[]; env: Record<string, string>; says: RegExp }[] = [
      { args: [], env: {}, says: /^migrate: FAILED: DATABASE_URL is missing.*\n$/ },
      { args: ['sideways'], env: {}, says: /^migrate: FAILED: arguments not understood.*\n$/ },
      {
        args: [],
        env: { DATABASE_URL: 'postgres://u:planted@127.0.0.1:1/x' },
        says: /^migrate: FAILED: .*ECONNREFUSED.*\n$/,
      },
    ];
    for (const { args, env, says } of cases) {
      const { code, output } = await runProgram(['migrate.ts', ...args], env);
      assert.equal(code, 1);
      assert.match(output, says);
      assert.doesNotMatch(output, /planted/);
    }
  });

  it('does nothing while another one holds the migration lock', async () => {
    const { migrator } = await server.create('locked');
    const holder = new Client({ connectionString: migrator });
    await holder.connect();
    await holder.query(TAKE_LOCK);
    const { code, output } = await runProgram(['migrate.ts'], { DATABASE_URL: migrator });
    await holder.end();
    assert.equal(code, 1);
    assert.match(output, /^migrate: FAILED: Another migration is already running.*\n$/);
  });

  it('keeps to the lock_timeout of its role', async () => {
    const { database, image } = await release('bad-lock');
    await query(database.admin, `alter role migrator in database bad_lock set lock_timeout = '200ms'`);
    const reader = new Client({ connectionString: database.app });
    await reader.connect();
    await reader.query('begin');
    await reader.query('select 1 from events');
    const { code, output } = await runProgram(['migrate.ts'], { DATABASE_URL: database.migrator }, image);
    // Its end alone lets go some time later.
    await reader.query('rollback');
    await reader.end();
    assert.equal(code, 1);
    assert.match(
      output,
      /FAILED: 20250303090000_widen-event-score: canceling statement due to lock timeout \(SQLSTATE 55P03\)/,
    );
    await migrate(database.migrator, image);
  });

  it('keeps to the statement_timeout of its role', async () => {
    const { database, image } = await release('bad-slow', 'bad_slow_timeout');
    await query(database.admin, `alter role migrator in database bad_slow_timeout set statement_timeout = '5s'`);
    const { code, output } = await runProgram(['migrate.ts'], { DATABASE_URL: database.migrator }, image);
    assert.equal(code, 1);
    assert.match(output, /FAILED: 20250303090000_backfill-slowly: .*statement timeout \(SQLSTATE 57014\)/);
  });

  it('on SIGTERM cancels the running statement, rolls back, and exits with 143', async () => {
    const { database, image } = await release('bad-slow');
    const history = await query(database.migrator, HISTORY);
    const job = startProgram(['migrate.ts'], { DATABASE_URL: database.migrator }, image);
    await until('the statement runs', () => some(database, SLEEPING), job);
    await assertStops(job);
    assert.match(job.output(), /told to stop/);
    await untilGone(database, job);
    assert.deepEqual(await query(database.migrator, HISTORY), history);
  });

  it('on SIGTERM ends also when it hangs outside of any statement', async () => {
    const { database, image } = await release('bad-hang');
    const history = await query(database.migrator, HISTORY);
    const job = startProgram(['migrate.ts'], { DATABASE_URL: database.migrator }, image);
    await until('its transaction is open', () => some(database, OPEN), job);
    await assertStops(job);
    await untilGone(database, job);
    assert.deepEqual(await query(database.migrator, HISTORY), history);
  });

  it('when killed, takes its statement with it', async () => {
    const { database, image } = await release('bad-slow', 'killed');
    const job = startProgram(['migrate.ts'], { DATABASE_URL: database.migrator }, image);
    await until('the statement runs', () => some(database, SLEEPING), job);
    job.child.kill('SIGKILL');
    await job.ended;
    await untilGone(database, job);
    await migrate(database.migrator); // The migration lock went with it, too.
  });

  /** A database at the first release, and the image of a later one. */
  async function release(name: string, databaseName = name.replace('-', '_')) {
    const database = await server.create(databaseName);
    await migrate(database.migrator);
    const image = (await assembleRelease(name, join(directory, name))).directory;
    return { database, image };
  }

  async function some(database: DeskDatabase, sql: string): Promise<boolean> {
    return (await query(database.admin, sql)).length > 0;
  }

  async function untilGone(database: DeskDatabase, job: Program): Promise<void> {
    await until(`no session is left; it printed: ${job.output()}`, async () => !(await some(database, MIGRATING)));
  }
});

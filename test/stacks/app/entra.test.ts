import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';
import { connectionTo } from '../../../stacks/app/service/connection.ts';
import { assembleRelease } from '../../../stacks/sample-releases/assemble.ts';
import { databaseResource, identityEndpoint } from '../../support/identity-endpoint.ts';
import { type DeskDatabase, type DeskServer, query, startDeskServer } from './desk-database.ts';
import { APP, assertStops, runProgram, startProgram, startService, stopPrograms, until } from './program.ts';

const SLEEPING = `select pid from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()`;

/** The server's passwords are what the identity endpoint hands out: as a flexible server takes a token for one. */
describe('the sample application with an identity of Microsoft Entra', function () {
  this.timeout(240_000);
  let server: DeskServer;
  let database: DeskDatabase;
  let identity: Awaited<ReturnType<typeof identityEndpoint>>;
  let token: string;
  let directory: string;

  before(async () => {
    server = await startDeskServer();
    database = await server.create('entra');
    token = new URL(database.app).password;
    identity = await identityEndpoint({ [databaseResource]: token });
    const local = join(APP, '../../.sallyport');
    await mkdir(local, { recursive: true });
    directory = await mkdtemp(join(local, 'test-entra-'));
  });
  beforeEach(() => {
    identity.state.asked.length = 0;
    identity.state.tokens = { [databaseResource]: token };
  });
  after(async () => {
    await stopPrograms();
    await identity.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const withoutPassword = (url: string, mode = '?sslmode=disable') => `${url.replace(`:${token}@`, '@')}${mode}`;
  const env = (url: string) => ({ DATABASE_URL: url, ...identity.environment });

  it('migrates with a token for a password, and prints it nowhere', async () => {
    const { code, output } = await runProgram(['migrate.ts'], env(withoutPassword(database.migrator)));
    assert.equal(code, 0, output);
    assert.match(output, /applied in/);
    assert.doesNotMatch(output, new RegExp(token));
    assert.deepEqual([...new Set(identity.state.asked)], [databaseResource]);
  });

  it('on SIGTERM cancels, rolls back and ends, though the second session needs a token too', async () => {
    const history = await query(database.migrator, 'select name from pgmigrations order by id');
    const image = join(directory, 'bad-slow');
    await assembleRelease('bad-slow', image);
    const job = startProgram(['migrate.ts'], env(withoutPassword(database.migrator)), image);
    await until('the statement runs', async () => (await query(database.admin, SLEEPING)).length > 0, job);
    await assertStops(job);
    await until('its session is gone', async () => (await query(database.admin, SLEEPING)).length === 0);
    assert.deepEqual(await query(database.migrator, 'select name from pgmigrations order by id'), history);
  });

  it('serves with tokens', async () => {
    const api = await startService('api', {
      ...env(withoutPassword(database.app)),
      API_TOKEN: 'a token of the test',
    });
    const answer = await fetch(`${api.url}/healthz`);
    assert.equal(answer.status, 200, await answer.text());
  });

  it('fails when the server refuses the token, and does not print it', async () => {
    identity.state.tokens = { [databaseResource]: 'a-token-of-somebody-else' };
    const { code, output } = await runProgram(['migrate.ts'], env(withoutPassword(database.migrator)));
    assert.equal(code, 1);
    assert.match(output, /^migrate: FAILED: password authentication failed/);
    assert.doesNotMatch(output, /somebody-else/);
  });

  it('fails when no token is given', async () => {
    identity.state.tokens = {};
    const { code, output } = await runProgram(['migrate.ts'], env(withoutPassword(database.migrator)));
    assert.equal(code, 1);
    assert.match(output, /^migrate: FAILED: /);
  });

  it('speaks TLS unless it is told not to', async () => {
    const { code, output } = await runProgram(['migrate.ts'], env(withoutPassword(database.migrator, '')));
    assert.equal(code, 1);
    assert.match(output, /does not support SSL/);
    assert.deepEqual(identity.state.asked, []);
  });

  it('sends no token in plain text to another machine', () => {
    const url = 'postgres://id-apps@db.example.com/app?sslmode=prefer';
    assert.throws(() => connectionTo(url, identity.environment), /no TLS; a token is sent over TLS/);
  });

  it('takes the password that is in the address, whatever identity there is', () => {
    const url = 'postgres://app:its-own@db.example.com/app';
    assert.deepEqual(connectionTo(url, identity.environment), { connectionString: url });
    assert.deepEqual(connectionTo('postgres://app@db.example.com/app', {}), {
      connectionString: 'postgres://app@db.example.com/app',
    });
  });

  it('says in one line that an address is none', () => {
    assert.throws(() => connectionTo('no address', {}), /^Error: DATABASE_URL is not a URL; set it to/);
  });
});

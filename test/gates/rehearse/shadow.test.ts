import assert from 'node:assert/strict';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import { projectRoot } from '../../../gates/kernel/project-root.ts';
import { applyBootstrap, bootstrapOf } from '../../../gates/rehearse/bootstrap.ts';
import { tableSizes } from '../../../gates/rehearse/production.ts';
import { givenServer } from '../../../gates/rehearse/shadow/given-server.ts';
import { ownServer } from '../../../gates/rehearse/shadow/own-server.ts';
import { environmentPaths } from '../../../infra/local/environment-paths.ts';
import { postgresBinaries } from '../../../infra/local/postgres/postgres-binaries.ts';
import { findPostgres } from '../../../infra/local/postgres/postgres-server.ts';
import { type DeskDatabase, type DeskServer, query, startDeskServer } from '../../stacks/app/desk-database.ts';

const directory = join('.sallyport', `test-shadow-${process.pid}`);
const root = join(projectRoot, directory);

describe('the shadow of a database', () => {
  let server: DeskServer;
  let production: DeskDatabase;
  let major: number;
  before(async () => {
    await mkdir(root, { recursive: true });
    server = await startDeskServer();
    production = await server.create('production');
    ({ major } = await postgresBinaries(undefined, root));
  });
  after(async () => {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });

  async function session<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
  const codeOf = (code: string) => (error: unknown) => error instanceof GateError && error.findings[0]?.code === code;

  it('is a server of its own, which replaces one that a killed rehearsal left', async () => {
    const left = await ownServer(directory, major);
    await query(left.owner, 'create table left_over (id int)');
    const again = await ownServer(directory, major);
    const there = await query(again.owner, `select from pg_class where relname = 'left_over'`);
    assert.equal(there.length, 0);
    await assert.rejects(query(left.owner, 'select 1'));
    await again.remove();
    assert.equal(await findPostgres(environmentPaths(join(directory, 'shadow'))), undefined);
    assert.ok(!(await readdir(root)).includes('shadow'));
  });

  it('is a database on a server that the configuration names, and goes with what was left there', async () => {
    const names = () =>
      query<{ datname: string }>(production.admin, `select datname from pg_database where datname like 'sallyport%'`);
    const left = await givenServer(production.admin, 'environment', root, major);
    assert.equal((await names()).length, 1);
    const again = await givenServer(production.admin, 'environment', root, major);
    await query(again.migrator, 'create table t (id int)');
    assert.notEqual(left, again);
    await again.remove();
    assert.deepEqual(await names(), []);
  });

  it('is refused on a server of another major version, and on one that does not answer', async () => {
    await assert.rejects(givenServer(production.admin, 'environment', root, major - 1), codeOf('SHADOW_VERSION'));
    await assert.rejects(
      givenServer('postgres://nobody:none@127.0.0.1:1/none', 'environment', root, major),
      codeOf('SHADOW_UNAVAILABLE'),
    );
  });

  it('gets what production had before its first migration, and says what it did not take', async () => {
    await query(
      production.admin,
      'create role reader; create schema prepared; create extension pg_trgm schema prepared',
    );
    await query(production.admin, 'alter default privileges for role migrator grant select on tables to reader');
    const statements = await session(production.admin, (client) => bootstrapOf(client, 'migrator'));
    const shadow = await server.create('shadow');
    const refused = await session(shadow.admin, (client) =>
      applyBootstrap(client, [...statements, 'create extension nothing']),
    );
    assert.equal(refused.length, 1);
    assert.match(
      refused[0] ?? '',
      /^create extension nothing: .*not available|^create extension nothing: could not open/,
    );
    await query(shadow.migrator, 'create table t (a text)');
    const [may] = await query(shadow.admin, `select has_table_privilege('reader', 't', 'select') as read`);
    assert.deepEqual(may, { read: true });
  });

  it('is measured by what the statistics of production say, and by nothing when they may not be read', async () => {
    await query(production.admin, 'create table big (id int primary key, a text)');
    await query(production.admin, `insert into big select i, 'x' from generate_series(1, 5000) i`);
    await query(production.admin, 'analyze big');
    const sizes = await session(production.app, tableSizes);
    const big = sizes.get('public.big');
    assert.equal(big?.rows, 5000);
    assert.ok(big.bytes > 150_000 && big.indexBytes > 50_000, JSON.stringify(big));
    await query(production.admin, 'revoke select on pg_stat_user_tables from public');
    await assert.rejects(session(production.app, tableSizes), codeOf('STATISTICS_UNREADABLE'));
  });
});

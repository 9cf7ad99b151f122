import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
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
import { environmentPaths } from '../../../infra/local/environment-paths.ts';
import { openLocalPlatform } from '../../../infra/local/open-local-platform.ts';
import type { DatabaseRole } from '../../../infra/platform.ts';
import { deploy, eventually, openWorld, untilHealth, type World } from './world.ts';

describe('the local environment', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  const query = async (role: DatabaseRole, ...statements: string[]) => {
    const platform = await openLocalPlatform(world.environment.address);
    const current = await ensureEnvironment(world.directory);
    const client = new Client({
      ...current.database,
      user: role,
      password: await platform.databasePassword(role),
    } as ConstructorParameters<typeof Client>[0]);
    client.on('error', () => undefined);
    await client.connect();
    try {
      let rows: unknown[] = [];
      for (const statement of statements) rows = (await client.query(statement)).rows;
      return rows;
    } finally {
      await client.end();
    }
  };
  const kill = async (pid: number) => {
    process.kill(pid, 'SIGKILL');
    await eventually('the process is gone', async () => {
      const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone');
      return state === 'gone' || / Z /.test(state);
    });
  };
  const postmaster = async (directory: string) =>
    Number(
      (await readFile(join(environmentPaths(directory).postgres, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0],
    );

  it('is not taken for gone when its directory may not be looked at', () =>
    assert.rejects(stopEnvironment(join(import.meta.filename, 'environment')), { code: 'ENOTDIR' }));

  it('lets each role do its part and no more', async () => {
    await query('migrator', 'create table event (id int generated always as identity primary key, score int)');
    await query('app', 'insert into event (score) values (1)', 'update event set score = 2');
    assert.deepEqual(await query('gates', 'select score from event'), [{ score: 2 }]);
    await query('gates', 'create table sallyport.ledger (id int)', `alter role migrator set lock_timeout = '2s'`);
    assert.deepEqual(await query('migrator', 'show lock_timeout'), [{ lock_timeout: '2s' }]);
    for (const [role, statement] of [
      ['app', 'create table other (id int)'],
      ['app', 'create temporary table other (id int)'],
      ['app', 'drop table event'],
      ['app', 'truncate event'],
      ['app', 'select from sallyport.ledger'],
      ['app', `alter role migrator set lock_timeout = '1s'`],
      ['migrator', 'drop table sallyport.ledger'],
      ['gates', 'insert into event (score) values (1)'],
    ] as const) {
      await assert.rejects(query(role, statement), { code: '42501' }, `${role}: ${statement}`);
    }
    await query('migrator', 'drop table event');
  });

  it('keeps secrets in files that only their owner can read, and nowhere in clear besides', async () => {
    await putSecret(world.directory, 'planted', 'a-planted-value');
    assert.equal(await readSecret(world.directory, 'planted'), 'a-planted-value');
    await assert.rejects(readSecret(world.directory, 'absent'), { code: 'SECRET_MISSING' });
    await assert.rejects(putSecret(world.directory, '../outside', 'x'), { code: 'SECRET_NAME' });
    await deploy(world, 'kept', 'one');
    const names = await readdir(join(world.directory, 'secrets'));
    const secrets = await Promise.all(names.map((name) => readSecret(world.directory, name)));
    secrets.push(await readFile(join(world.directory, 'token'), 'utf8'));
    assert.equal((await stat(world.directory)).mode & 0o007, 0);
    for (const name of await readdir(world.directory, { recursive: true, withFileTypes: true })) {
      const file = join(name.parentPath, name.name);
      if (!name.isFile() || file.startsWith(join(environmentPaths(world.directory).postgres, 'data'))) continue;
      const isSecret = file.includes('/secrets/') || file.endsWith('/token');
      const text = await readFile(file, 'utf8');
      if (isSecret) assert.equal((await stat(file)).mode & 0o077, 0, file);
      else assert.ok(!secrets.some((secret) => text.includes(secret)), `${file} has a secret in it`);
    }
  });

  it('goes on with the same processes and addresses after the daemon was killed', async () => {
    const address = await deploy(world, 'adopted', 'one');
    const before = await (await fetch(address)).text();
    const first = await ensureEnvironment(world.directory);
    const database = await postmaster(world.directory);
    await kill(first.pid);
    assert.equal(await readEnvironment(world.directory), undefined);
    const second = await ensureEnvironment(world.directory);
    assert.notEqual(second.pid, first.pid);
    assert.deepEqual([second.address, second.database], [first.address, first.database]);
    await untilHealth(world, 'adopted', 'adopted--one', 'Healthy');
    assert.equal(await (await fetch(address)).text(), before);
    assert.equal(await postmaster(world.directory), database);
  });

  it('starts again what ended while no daemon watched', async () => {
    const address = await deploy(world, 'revived', 'one');
    const pid = Number((await (await fetch(address)).text()).split(' ')[1]);
    await kill((await ensureEnvironment(world.directory)).pid);
    process.kill(pid, 'SIGKILL');
    await kill(await postmaster(world.directory));
    await ensureEnvironment(world.directory);
    await untilHealth(world, 'revived', 'revived--one', 'Healthy');
    assert.notEqual(Number((await (await fetch(address)).text()).split(' ')[1]), pid);
    assert.deepEqual(await query('app', 'select 1 as one'), [{ one: 1 }]);
  });

  it('starts PostgreSQL again when it was killed, with its data', async () => {
    await query('migrator', 'create table lasting (id int)');
    const pid = await postmaster(world.directory);
    process.kill(pid, 'SIGKILL');
    await eventually('PostgreSQL answers again', async () =>
      query('app', 'select from lasting').then(
        () => true,
        () => false,
      ),
    );
    assert.notEqual(await postmaster(world.directory), pid);
    await query('migrator', 'drop table lasting');
  });

  it('takes other ports where its own have been taken, and says so', async () => {
    const address = await deploy(world, 'moved', 'one');
    const { port: appPort } = new URL(address);
    const first = await ensureEnvironment(world.directory);
    await stopEnvironment(world.directory);
    const ports = [Number(appPort), Number(new URL(first.address.endpoint ?? '').port), first.database.port];
    const takers = ports.map((port) => createServer().listen(port, '127.0.0.1'));
    await Promise.all(takers.map((taker) => once(taker, 'listening')));
    try {
      const second = await ensureEnvironment(world.directory);
      assert.ok(!ports.includes(second.database.port));
      assert.notEqual(second.address.endpoint, first.address.endpoint);
      const { apps } = await openLocalPlatform(second.address);
      const app = await apps.getApp('moved');
      assert.notEqual(app?.address, address);
      const env = await eventually('the app serves', async () => {
        const answer = await fetch(`${app?.address}/env`);
        return answer.ok && ((await answer.json()) as Record<string, string>);
      });
      assert.ok(env.DATABASE_URL?.includes(`:${second.database.port}/`));
    } finally {
      for (const taker of takers) taker.close();
    }
  });

  it('refuses data of another major version before anything is installed', async () => {
    await assert.rejects(ensureEnvironment(world.directory, { postgresMajor: 17 }), {
      code: 'POSTGRES_MAJOR_MISMATCH',
    });
    await stopEnvironment(world.directory);
    await assert.rejects(ensureEnvironment(world.directory, { postgresMajor: 17 }), {
      code: 'POSTGRES_MAJOR_MISMATCH',
    });
    const environment = await ensureEnvironment(world.directory, { postgresMajor: 18 });
    assert.ok(environment.pid > 0);
  });

  it('is one environment for all who start it at once, in one process and in many', async () => {
    const root = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
    const directory = join(root, 'environment');
    try {
      const others = [1, 2].map(() => startElsewhere(directory));
      const environments = await Promise.all([...[1, 2, 3].map(() => ensureEnvironment(directory)), ...others]);
      assert.equal(new Set(environments.map(({ pid }) => pid)).size, 1);
      await stopEnvironment(directory);
      assert.equal(await readEnvironment(directory), undefined);
      await stopEnvironment(directory);
    } finally {
      await destroyEnvironment(directory);
      await rm(root, { recursive: true, force: true });
    }
  });

  it('leaves no process and no file when it is destroyed', async () => {
    const other = await openWorld();
    const address = await deploy(other, 'last', 'one');
    const replica = Number((await (await fetch(address)).text()).split(' ')[1]);
    const pids = [replica, other.environment.pid];
    const home = environmentPaths(other.directory).postgres;
    await other.close();
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    await assert.rejects(stat(other.directory), { code: 'ENOENT' });
    await assert.rejects(stat(home), { code: 'ENOENT' });
  });

  it('works for a user who is not root', async () => {
    const root = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
    const directory = join(root, 'environment');
    // Where the tests are not root already, the user at hand is the plain one.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    if (user.uid !== undefined) await chown(root, user.uid, user.gid);
    await chmod(root, 0o700);
    try {
      const environment = await startElsewhere(directory, user);
      assert.equal(environment.database.database, 'app');
      await stopElsewhere(directory, user);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

interface User {
  readonly uid?: number;
  readonly gid?: number;
}

const MODULE = join(import.meta.dirname, '../../../infra/local/environment.ts');

async function startElsewhere(directory: string, user: User = {}) {
  const program = `const { ensureEnvironment } = await import(${JSON.stringify(MODULE)});
    console.log(JSON.stringify(await ensureEnvironment(process.argv[1])));`;
  return JSON.parse(await runElsewhere(program, directory, user)) as Awaited<ReturnType<typeof ensureEnvironment>>;
}

async function stopElsewhere(directory: string, user: User): Promise<void> {
  const program = `const { stopEnvironment } = await import(${JSON.stringify(MODULE)});
    await stopEnvironment(process.argv[1]);`;
  await runElsewhere(program, directory, user);
}

async function runElsewhere(program: string, directory: string, user: User): Promise<string> {
  const args = ['--input-type=module', '-e', program, directory];
  const child = spawn(process.execPath, args, { ...user, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  return output;
}

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { GateError } from '../../../gates/kernel/gate-error.ts';
import { azurePointer } from '../../../infra/azure/pointer.ts';
import { readTokenUrl, tokenUrl } from '../../../infra/azure/token-url.ts';
import type { AppSecret, ContainerApps } from '../../../infra/container-apps/container-apps.ts';
import type { Pointer } from '../../../infra/platform.ts';

const old = { host: 'old.example.com', port: 5432, database: 'app', tls: true };
const next = { host: 'new.example.com', port: 6432, database: 'app', tls: true };

describe('the URL by which an identity opens a database', () => {
  it('has a role and no password, and is read back as it was made', () => {
    const url = tokenUrl('id@example.com', { ...old, database: 'a b' });
    assert.equal(url, 'postgres://id%40example.com@old.example.com:5432/a%20b?sslmode=verify-full');
    assert.deepEqual(readTokenUrl(url), { user: 'id@example.com', address: { ...old, database: 'a b' } });
    assert.equal(readTokenUrl(tokenUrl('app', { ...old, tls: false }))?.address.tls, false);
  });

  for (const text of [
    'postgres://app:secret@old.example.com:5432/app?sslmode=verify-full',
    'postgres://app@old.example.com/app?sslmode=verify-full',
    'postgres://app@old.example.com:5432/app?sslmode=require',
    'postgres://app@old.example.com:5432/app?sslmode=verify-full&options=x',
    'postgres://app@old.example.com:5432/a%?sslmode=verify-full',
    '',
  ]) {
    it(`is not read from ${text === '' ? 'nothing' : text}`, () => assert.equal(readTokenUrl(text), undefined));
  }
});

describe('the pointer on Azure', () => {
  let secrets: Map<string, AppSecret>;
  let puts: string[];
  /** The put that fails, by its place. */
  let broken: number | undefined;
  let pointer: Pointer;
  beforeEach(() => {
    secrets = new Map();
    puts = [];
    broken = undefined;
    for (const app of ['api', 'worker']) put(app, tokenUrl('shop-apps', old));
    const apps: Pick<ContainerApps, 'listAppSecrets' | 'putAppSecret'> = {
      listAppSecrets: async () => [...secrets.values()],
      putAppSecret: async (app, _secret, value) => {
        if (puts.length === broken) throw new Error('killed');
        puts.push(app);
        put(app, value);
      },
    };
    pointer = azurePointer(apps as ContainerApps);
  });
  const put = (app: string, value: string) => secrets.set(app, { app, kind: 'value', value });
  const refused = async (promise: Promise<unknown>, code: string, ...texts: string[]) => {
    const error = await promise.then(
      () => assert.fail('it went well'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof GateError, String(error));
    assert.equal(error.findings[0]?.code, code);
    for (const text of texts) assert.ok(error.message.includes(text), error.message);
    assert.doesNotMatch(error.message, /planted/);
  };

  it('is what all apps have', async () => assert.deepEqual(await pointer.read(), old));

  it('goes into every app, under the role that each has', async () => {
    const users = { gates: 'shop-gates', migrator: 'shop-migrate', app: 'shop-apps' };
    await pointer.point({ ...next, users });
    assert.deepEqual(await pointer.read(), next);
    assert.deepEqual(secrets.get('worker'), {
      app: 'worker',
      kind: 'value',
      value: 'postgres://shop-apps@new.example.com:6432/app?sslmode=verify-full',
    });
  });

  it('is divided when it was killed between two apps: that is said and not guessed, and the next one finishes it', async () => {
    broken = 1;
    await assert.rejects(pointer.point(next), /killed/);
    await refused(pointer.read(), 'POINTER_DIVIDED', 'api: new.example.com:6432', 'worker: old.example.com:5432');
    broken = undefined;
    await pointer.point(next);
    assert.deepEqual(await pointer.read(), next);
  });

  it('goes back to the letter', async () => {
    const before = [...secrets.values()];
    const from = await pointer.read();
    await pointer.point(next);
    await pointer.point(from);
    assert.deepEqual([...secrets.values()], before);
  });

  it('changes nothing where one app opens the database as somebody else, or by another text', async () => {
    const users = { gates: 'shop-gates', migrator: 'shop-migrate', app: 'shop-apps' };
    put('worker', tokenUrl('shop-owner', old));
    await refused(pointer.point({ ...next, users }), 'POINTER_UNREADABLE', 'shop-owner', 'shop-apps');
    put('worker', 'postgres://shop-apps:planted@old.example.com:5432/app');
    await refused(pointer.point(next), 'POINTER_UNREADABLE', 'worker');
    secrets.set('worker', { app: 'worker', kind: 'reference' });
    await refused(pointer.point(next), 'POINTER_UNREADABLE', 'a reference into a vault');
    assert.deepEqual(puts, []);
  });

  it('is none where no app has it', async () => {
    secrets.clear();
    await refused(pointer.read(), 'POINTER_UNREADABLE', 'no app');
  });
});

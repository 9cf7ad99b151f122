import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { openContainerApps } from '../../../infra/container-apps/open-container-apps.ts';
import { openWorld, type World } from './world.ts';

interface Answer {
  readonly status: number;
  readonly code?: string;
}

describe('access to the local platform', () => {
  let world: World;
  let token: string;
  before(async () => {
    world = await openWorld();
    token = await readFile(join(world.directory, 'token'), 'utf8');
  });
  after(() => world.close());

  const group = () => {
    const { subscriptionId, resourceGroup } = world.environment.address;
    return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.App`;
  };
  // With node:http, because fetch does not let its caller choose the Host header.
  const ask = (path: string, headers: Record<string, string>, method = 'GET', body = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const url = `${world.environment.address.endpoint}${path}`;
      const asked = request(url, { method, headers, setHost: headers.host === undefined }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        answer.once('end', () => {
          const code = text === '' ? undefined : (JSON.parse(text) as { error?: { code?: string } }).error?.code;
          resolve({ status: answer.statusCode ?? 0, code });
        });
      });
      asked.once('error', reject);
      asked.end(body);
    });
  const apps = () => `${group()}/containerApps?api-version=2026-07-01`;
  const bearer = () => ({ authorization: `Bearer ${token}` });

  it('refuses who has no token or another one', async () => {
    assert.deepEqual(await ask(apps(), {}), { status: 401, code: 'AuthenticationFailed' });
    const other = { authorization: `Bearer ${'x'.repeat(token.length)}` };
    assert.deepEqual(await ask(apps(), other), { status: 401, code: 'InvalidAuthenticationToken' });
    const getToken = async () => ({ token: 'wrong', expiresOnTimestamp: Number.MAX_SAFE_INTEGER });
    const stranger = openContainerApps(world.environment.address, { getToken });
    await assert.rejects(stranger.getApp('any'), { code: 'InvalidAuthenticationToken', status: 401, transient: false });
  });

  it('refuses a Host that is not loopback, also with the token, and takes every way to say loopback', async () => {
    const { port } = new URL(world.environment.address.endpoint ?? '');
    for (const host of [
      'example.com',
      `example.com:${port}`,
      '127.0.0.1.example.com',
      'localhost.example.com',
      '0.0.0.0',
    ]) {
      assert.deepEqual(await ask(apps(), { ...bearer(), host }), { status: 403, code: 'HostNotAllowed' }, host);
    }
    for (const host of ['127.0.0.1', `127.0.0.1:${port}`, 'localhost', `localhost:${port}`, '[::1]', `[::1]:${port}`]) {
      assert.equal((await ask(apps(), { ...bearer(), host })).status, 200, host);
    }
  });

  it('wants an api-version, the subscription and the resource group', async () => {
    assert.equal((await ask(`${group()}/containerApps`, bearer())).code, 'MissingApiVersionParameter');
    const elsewhere = apps().replace('/resourceGroups/sallyport', '/resourceGroups/other');
    assert.equal((await ask(elsewhere, bearer())).code, 'ResourceGroupNotFound');
    const foreign = apps().replace('00000000-0000', '11111111-0000');
    assert.equal((await ask(foreign, bearer())).code, 'SubscriptionNotFound');
  });

  it('refuses properties it does not know, and what is no JSON, by name', async () => {
    const path = apps().replace('containerApps', 'containerApps/web');
    const json = { ...bearer(), 'content-type': 'application/json' };
    assert.deepEqual(await ask(path, json, 'PUT', '{"location":"local","propertys":{}}'), {
      status: 400,
      code: 'InvalidRequestContent',
    });
    assert.equal((await ask(path, json, 'PUT', '{')).code, 'InvalidRequestContent');
    assert.equal((await ask(path, json)).status, 404);
  });

  it('lets a log stream token read log streams only', async () => {
    const path = `${group()}/jobs/absent/getAuthToken?api-version=2026-07-01`;
    assert.equal((await ask(path, bearer(), 'POST')).status, 404);
    const forged = { authorization: `Bearer ${Date.now() + 1_000_000}.forged` };
    assert.equal((await ask(`${group()}/jobs/a/executions/b/replicas/c/containers/d/logstream`, forged)).status, 401);
  });
});

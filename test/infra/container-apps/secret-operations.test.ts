import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ArmError } from '../../../infra/container-apps/arm-error.ts';
import type { ContainerApps } from '../../../infra/container-apps/container-apps.ts';
import { openContainerApps } from '../../../infra/container-apps/open-container-apps.ts';

interface Secret {
  readonly name: string;
  readonly value?: string;
  readonly keyVaultUrl?: string;
  readonly identity?: string;
}

const reference = { name: 'api-token', keyVaultUrl: 'https://vault.example.com/secrets/api-token/1', identity: '/id' };

describe('the secrets of apps', () => {
  let server: Server;
  let apps: ContainerApps;
  let held: Record<string, readonly Secret[]>;
  let patches: { location: string; properties: Record<string, unknown> }[];
  /** Status of the next answers to a PATCH, which is not done then. */
  let refusals: number[];
  let forgetful: boolean;

  beforeEach(async () => {
    held = {
      api: [{ name: 'database-url-app', value: 'old' }, { name: 'client', value: 'kept' }, reference],
      web: [reference],
      worker: [{ name: 'database-url-app', value: 'old' }],
    };
    patches = [];
    refusals = [];
    forgetful = false;
    const shown = (name: string) => ({
      name,
      location: 'here',
      properties: {
        environmentId: name === 'stranger' ? '/another' : '/Environment',
        configuration: { secrets: held[name]?.map(({ value: _, ...secret }) => secret) },
      },
    });
    server = createServer(async (request, response) => {
      const [, name = '', call] = /\/containerApps(?:\/([^/?]+))?(?:\/([^/?]+))?/.exec(request.url ?? '') ?? [];
      let text = '';
      for await (const piece of request) text += piece;
      const send = (status: number, body: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (request.method === 'PATCH') {
        const refusal = refusals.shift();
        if (refusal !== undefined) return send(refusal, { error: { code: 'Refused', message: 'what ARM said' } });
        const patch = JSON.parse(text);
        patches.push(patch);
        if (!forgetful) held[name] = patch.properties.configuration.secrets;
        return send(200, shown(name));
      }
      // The values of references are in the answer too, as the platform has fetched them.
      if (call === 'listSecrets') {
        return send(200, { value: held[name]?.map((secret) => ({ value: 'from the vault', ...secret })) });
      }
      send(200, name === '' ? { value: Object.keys(held).map(shown) } : shown(name));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = {
      kind: 'azure',
      subscriptionId: '00000000-0000-0000-0000-000000000000',
      resourceGroup: 'group',
      environmentId: '/environment',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    } as const;
    const getToken = async () => ({ token: 'token', expiresOnTimestamp: Number.MAX_SAFE_INTEGER });
    apps = openContainerApps(address, { getToken }, { operationSeconds: 60 });
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('are listed of the apps of the environment, by value; what is in a vault is a reference', async () => {
    held.stranger = [{ name: 'database-url-app', value: 'not ours' }];
    held.brought = [{ ...reference, name: 'database-url-app' }];
    assert.deepEqual(await apps.listAppSecrets('database-url-app'), [
      { app: 'api', kind: 'value', value: 'old' },
      { app: 'brought', kind: 'reference' },
      { app: 'worker', kind: 'value', value: 'old' },
    ]);
  });

  it('are all sent again when one is changed: values as they are, references as references', async () => {
    await apps.putAppSecret('api', 'database-url-app', 'new');
    assert.deepEqual(patches, [
      {
        location: 'here',
        properties: {
          configuration: {
            secrets: [{ name: 'database-url-app', value: 'new' }, { name: 'client', value: 'kept' }, reference],
          },
        },
      },
    ]);
  });

  it('are not sent when the value is there already', async () => {
    await apps.putAppSecret('api', 'database-url-app', 'old');
    assert.deepEqual(patches, []);
  });

  it('are read again and sent again where another change was under way', async () => {
    refusals = [409, 409];
    await apps.putAppSecret('worker', 'database-url-app', 'new');
    assert.equal(held.worker?.[0]?.value, 'new');
  });

  it('are not taken from a vault into the app', async () => {
    held.api = [{ ...reference, name: 'database-url-app' }];
    await assert.rejects(
      apps.putAppSecret('api', 'database-url-app', 'new'),
      (error) => error instanceof ArmError && error.code === 'SECRET_IS_REFERENCE',
    );
    assert.deepEqual(patches, []);
  });

  it('are not believed to be changed because the platform said so', async () => {
    forgetful = true;
    await assert.rejects(
      apps.putAppSecret('api', 'database-url-app', 'new'),
      (error) => error instanceof ArmError && error.code === 'SECRET_NOT_TAKEN',
    );
  });

  it('are left alone where a value of another one cannot be read: it would be gone', async () => {
    held.api = [{ name: 'database-url-app', value: 'old' }, { name: 'client' }];
    const answer = server.listeners('request')[0] as (...args: unknown[]) => void;
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      if (!/listSecrets/.test(request.url ?? '')) return answer(request, response);
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ value: [{ name: 'database-url-app', value: 'old' }] }));
    });
    await assert.rejects(
      apps.putAppSecret('api', 'database-url-app', 'new'),
      (error) => error instanceof ArmError && error.code === 'SECRET_UNREADABLE' && !error.message.includes('old'),
    );
    assert.deepEqual(patches, []);
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, it } from 'mocha';
import { ArmError } from '../../../infra/container-apps/arm-error.ts';
import { openContainerApps } from '../../../infra/container-apps/open-container-apps.ts';
import type { PlatformAddress } from '../../../infra/platform.ts';

function appsAt(port: number) {
  const address: PlatformAddress = {
    kind: 'local',
    subscriptionId: '00000000-0000-0000-0000-000000000000',
    resourceGroup: 'local',
    environmentId: '/subscriptions/0/resourceGroups/local/providers/Microsoft.App/managedEnvironments/local',
    endpoint: `http://127.0.0.1:${port}`,
  };
  return openContainerApps(address, {
    getToken: async () => ({ token: 'token', expiresOnTimestamp: Number.MAX_VALUE }),
  });
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

describe('the client of Container Apps', () => {
  it('fails with a transient error where nobody listens, and leaves no timer that keeps the process alive', async () => {
    await new Promise(setImmediate); // the bound of this very test is a timer too
    const before = timers();
    await assert.rejects(appsAt(1).getApp('api'), (error) => error instanceof ArmError && error.transient);
    assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
  });

  it('fails with a transient error where the connection is cut', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await assert.rejects(appsAt(port).getApp('api'), (error) => error instanceof ArmError && error.transient);
    server.close();
    await once(server, 'close');
  });
});

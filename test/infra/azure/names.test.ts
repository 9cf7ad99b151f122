import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { namesOf, serverIdOf } from '../../../infra/azure/names.ts';
import { stableGuid } from '../../../infra/azure/stable-guid.ts';
import { type AzurePlatform, azurePlatformSchema } from '../../../stacks/azure-config.ts';
import { azurePlatform, broughtPlatform, group, inJob } from '../../stacks/azure-sample.ts';

const platform = (changes: object = {}): AzurePlatform => azurePlatformSchema.parse({ ...azurePlatform, ...changes });

describe('names of an estate', () => {
  it('are made of one name, and each within what its service takes', () => {
    const names = namesOf(platform({ name: 'a-long-app-name', gates: inJob }));
    assert.match(names.vault, /^[a-z][a-z0-9-]{1,22}[a-z0-9]$/);
    assert.match(names.storage, /^[a-z0-9]{3,24}$/);
    assert.match(names.registry, /^[a-z0-9]{5,50}$/);
    assert.match(names.server, /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
    assert.deepEqual(names.identities, {
      apps: 'a-long-app-name-apps',
      migrate: 'a-long-app-name-migrate',
      gates: 'a-long-app-name-gates',
    });
  });

  it('are those that are configured, or that a resource has already', () => {
    const given = namesOf(platform({ server: { name: 'orders' }, vault: broughtPlatform.vault }));
    assert.equal(given.server, 'orders');
    assert.equal(given.vault, 'vault');
    const brought = namesOf(platform(broughtPlatform));
    assert.equal(brought.storage, 'blobs');
    assert.equal(brought.resourceGroup, 'shop');
  });

  it('say where the server is before it is there', () => {
    const id = `${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/shop-db`;
    assert.equal(serverIdOf(platform()), id);
    assert.equal(serverIdOf(platform(broughtPlatform)), broughtPlatform.server.existing);
  });
});

describe('a stable GUID', () => {
  const guid = stableGuid(platform(), 'role');

  it('is a GUID, and the same each time', () => {
    assert.match(guid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(stableGuid(platform(), 'role'), guid);
  });

  it('is another one for another resource, group, subscription or estate', () => {
    const others = [
      stableGuid(platform(), 'other'),
      stableGuid(platform({ resourceGroup: { name: 'other' } }), 'role'),
      stableGuid(platform({ subscription: '99999999-2222-3333-4444-555555555555' }), 'role'),
      stableGuid(platform({ name: 'other', resourceGroup: { name: 'shop' } }), 'role'),
    ];
    assert.equal(new Set([guid, ...others]).size, 5);
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Json } from '../support/azure/arm-world.ts';
import { type AzureEndpoint, azureEndpoint } from '../support/azure/azure-endpoint.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const zero = '00000000-0000-0000-0000-000000000000';
const group = `/subscriptions/${zero}/resourceGroups/estate`;
const location = 'westeurope';
const network = `${group}/providers/Microsoft.Network/virtualNetworks/net`;
const vault = `${group}/providers/Microsoft.KeyVault/vaults/estate-vault`;
const server = `${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/estate-db`;
const environment = `${group}/providers/Microsoft.App/managedEnvironments/env`;
const assignments = `${vault}/providers/Microsoft.Authorization/roleAssignments`;
const reader = `/subscriptions/${zero}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`;

const vaultBody = { location, properties: { tenantId: zero, sku: { family: 'A', name: 'standard' } } };
const serverBody = {
  location,
  sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
  properties: {
    version: '18',
    storage: { storageSizeGB: 64 },
    authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: 'Disabled', tenantId: zero },
  },
};
const withServer = (properties: Json) => ({ ...serverBody, properties: { ...serverBody.properties, ...properties } });
const assignment = (properties: Json) => ({
  properties: { roleDefinitionId: reader, principalId: zero, principalType: 'ServicePrincipal', ...properties },
});

/** What is put where, by which api-version, and the code and text of the refusal. */
const refused: Readonly<Record<string, [string, string, Json, RegExp]>> = {
  'a property that nobody knows': [vault, '2024-11-01', { ...vaultBody, colour: 'blue' }, /Unrecognized key: "colour"/],
  'a vault without RBAC': [
    vault,
    '2024-11-01',
    { ...vaultBody, properties: { ...vaultBody.properties, enableRbacAuthorization: false } },
    /without RBAC/,
  ],
  'a region that changes': [vault, '2024-11-01', { ...vaultBody, location: 'northeurope' }, /PropertyChangeNotAllowed/],
  'a name that is none': [`${vault}--`, '2024-11-01', vaultBody, /InvalidResourceName/],
  'an api-version of another type': [vault, '2023-01-31', vaultBody, /NoRegisteredProviderFound/],
  'a type that is not there': [`${group}/providers/Microsoft.Web/sites/a`, '2024-04-01', {}, /InvalidResourceType/],
  'a parent that is not there': [
    `${group}/providers/Microsoft.Network/virtualNetworks/other/subnets/apps`,
    '2024-05-01',
    { properties: { addressPrefix: '10.20.0.0/24' } },
    /ParentResourceNotFound/,
  ],
  'a subnet outside its network': [
    `${network}/subnets/apps`,
    '2024-05-01',
    { properties: { addressPrefix: '10.30.0.0/24' } },
    /NetcfgInvalidSubnet/,
  ],
  'an environment without delegation': [
    environment,
    '2025-02-02-preview',
    { location, properties: { vnetConfiguration: { infrastructureSubnetId: `${network}/subnets/plain` } } },
    /SubnetDelegation/,
  ],
  'a log key of no workspace': [
    environment,
    '2025-02-02-preview',
    {
      location,
      properties: {
        appLogsConfiguration: {
          destination: 'log-analytics',
          logAnalyticsConfiguration: { customerId: zero, sharedKey: 'guessed' },
        },
      },
    },
    /LogAnalyticsConfigurationInvalid/,
  ],
  'a size of another tier': [
    server,
    '2025-08-01',
    { ...serverBody, sku: { name: 'Standard_B1ms', tier: 'GeneralPurpose' } },
    /no size of tier/,
  ],
  'a server that nobody can sign in to': [
    server,
    '2025-08-01',
    withServer({ authConfig: { activeDirectoryAuth: 'Disabled', passwordAuth: 'Disabled' } }),
    /no way to sign in/,
  ],
  'a retention out of range': [
    server,
    '2025-08-01',
    withServer({ backup: { backupRetentionDays: 3 } }),
    /backupRetentionDays/,
  ],
  'a server in a subnet that is not delegated': [
    server,
    '2025-08-01',
    withServer({ network: { delegatedSubnetResourceId: `${network}/subnets/plain` } }),
    /is not delegated/,
  ],
  'a principal that nobody knows': [
    `${assignments}/${zero}`,
    '2022-04-01',
    assignment({ principalId: '00000000-0000-0000-0000-0000000000aa' }),
    /PrincipalNotFound/,
  ],
  'a role that is not there': [
    `${assignments}/${zero}`,
    '2022-04-01',
    assignment({ roleDefinitionId: `${reader.slice(0, -4)}ffff` }),
    /RoleDefinitionDoesNotExist/,
  ],
  'an app where there is no environment': [
    `${group}/providers/Microsoft.App/containerApps/api`,
    '2025-02-02-preview',
    { location, properties: { environmentId: environment, configuration: {}, template: {} } },
    /LinkedInvalidPropertyId/,
  ],
};

describe('the management API on loopback', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let azure: AzureEndpoint;

  before(async () => {
    folder = await temporaryFolder();
    azure = await azureEndpoint(join(folder.path, 'environment'), { name: 'operator', objectId: zero });
    await azure.seed(group, { location });
    await azure.seed(network, { location, properties: { addressSpace: { addressPrefixes: ['10.20.0.0/16'] } } });
    await azure.seed(`${network}/subnets/plain`, { properties: { addressPrefix: '10.20.8.0/24' } });
    await azure.seed(vault, vaultBody);
  });
  after(async () => {
    await azure.close();
    await folder.remove();
  });

  const put = (path: string, version: string, body: Json, token = azure.armToken) =>
    fetch(`${azure.endpoint}${path}?api-version=${version}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  for (const [what, [path, version, body, expected]] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      const answer = await put(path, version, body);
      const text = await answer.text();
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${text}`);
      const { error } = JSON.parse(text);
      assert.match(`${error.code} ${error.message}`, expected);
    });
  }

  it('takes what is right, and refuses it from who has no token', async () => {
    assert.equal((await put(vault, '2024-11-01', vaultBody)).status, 200);
    assert.equal((await put(vault, '2024-11-01', vaultBody, 'guessed')).status, 401);
  });
});

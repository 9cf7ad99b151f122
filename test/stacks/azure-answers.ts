import type * as pulumi from '@pulumi/pulumi';
import { nameIn } from '../../infra/azure/arm-id.ts';
import { group } from './azure-sample.ts';

/** Which input names a resource of a type. */
const nameInputs: Readonly<Record<string, string>> = {
  'resources:ResourceGroup': 'resourceGroupName',
  'operationalinsights:Workspace': 'workspaceName',
  'network:VirtualNetwork': 'virtualNetworkName',
  'network:Subnet': 'subnetName',
  'privatedns:PrivateZone': 'privateZoneName',
  'privatedns:VirtualNetworkLink': 'virtualNetworkLinkName',
  'app:ManagedEnvironment': 'environmentName',
  'app:Job': 'jobName',
  'app:ContainerApp': 'containerAppName',
  'containerregistry:Registry': 'registryName',
  'managedidentity:UserAssignedIdentity': 'resourceName',
  'authorization:RoleAssignment': 'roleAssignmentName',
  'authorization:RoleDefinition': 'roleDefinitionId',
  'keyvault:Vault': 'vaultName',
  'keyvault:Secret': 'secretName',
  'storage:StorageAccount': 'accountName',
  'storage:BlobContainer': 'containerName',
  'dbforpostgresql:Server': 'serverName',
  'dbforpostgresql:Database': 'databaseName',
  'dbforpostgresql:Configuration': 'configurationName',
  'dbforpostgresql:FirewallRule': 'firewallRuleName',
  'dbforpostgresql:AdministratorsMicrosoftEntra': 'objectId',
};

/** What Azure answers that is read by the program: name, id, and the outputs of its types. */
export function azureAnswer({ type, inputs, id }: pulumi.runtime.MockResourceArgs) {
  const token = type.replace('azure-native:', '');
  const key = nameInputs[token];
  if (key === undefined) throw new Error(`a resource of a type that no test knows: ${type}`);
  const name = id ? nameIn(id) : inputs[key];
  // A name that the program leaves out would be made up by the provider, with a random end.
  if (typeof name !== 'string') throw new Error(`${type} without ${key}`);
  const outputs: Record<string, Record<string, unknown>> = {
    'operationalinsights:Workspace': { customerId: `customer of ${name}` },
    'app:ManagedEnvironment': {
      defaultDomain: 'hash.westeurope.azurecontainerapps.io',
      appLogsConfiguration: inputs.appLogsConfiguration ?? { destination: 'azure-monitor' },
    },
    'containerregistry:Registry': { loginServer: `${name}.azurecr.io` },
    'managedidentity:UserAssignedIdentity': { clientId: `client of ${name}`, principalId: `principal of ${name}` },
    'keyvault:Vault': {
      properties: { enableRbacAuthorization: true, ...inputs.properties, vaultUri: `https://${name}.vault.azure.net/` },
    },
    'keyvault:Secret': { properties: { secretUriWithVersion: `https://vault/secrets/${name}/made` } },
    'storage:StorageAccount': { primaryEndpoints: { blob: `https://${name}.blob.core.windows.net/` } },
    'dbforpostgresql:Server': { fullyQualifiedDomainName: `${name}.postgres.database.azure.com` },
  };
  const made = token === 'resources:ResourceGroup' ? group.replace(/shop$/, name) : `${group}/${token}/${name}`;
  return { id: made, state: { name, ...outputs[token] } };
}

// One of each type that the estate declares, as small as the service takes them; settings.json is what a test changes.
import { readFileSync } from 'node:fs';
import { ContainerApp } from '@pulumi/azure-native/app/containerApp.js';
import { Job } from '@pulumi/azure-native/app/job.js';
import { ManagedEnvironment } from '@pulumi/azure-native/app/managedEnvironment.js';
import { getClientConfigOutput } from '@pulumi/azure-native/authorization/getClientConfig.js';
import { RoleAssignment } from '@pulumi/azure-native/authorization/roleAssignment.js';
import { RoleDefinition } from '@pulumi/azure-native/authorization/roleDefinition.js';
import { Registry } from '@pulumi/azure-native/containerregistry/registry.js';
import { AdministratorsMicrosoftEntra } from '@pulumi/azure-native/dbforpostgresql/administratorsMicrosoftEntra.js';
import { Configuration } from '@pulumi/azure-native/dbforpostgresql/configuration.js';
import { Database } from '@pulumi/azure-native/dbforpostgresql/database.js';
import { FirewallRule } from '@pulumi/azure-native/dbforpostgresql/firewallRule.js';
import { Server } from '@pulumi/azure-native/dbforpostgresql/server.js';
import { Secret } from '@pulumi/azure-native/keyvault/secret.js';
import { Vault } from '@pulumi/azure-native/keyvault/vault.js';
import { UserAssignedIdentity } from '@pulumi/azure-native/managedidentity/userAssignedIdentity.js';
import { Subnet } from '@pulumi/azure-native/network/subnet.js';
import { VirtualNetwork } from '@pulumi/azure-native/network/virtualNetwork.js';
import { getSharedKeysOutput } from '@pulumi/azure-native/operationalinsights/getSharedKeys.js';
import { Workspace } from '@pulumi/azure-native/operationalinsights/workspace.js';
import { PrivateZone } from '@pulumi/azure-native/privatedns/privateZone.js';
import { VirtualNetworkLink } from '@pulumi/azure-native/privatedns/virtualNetworkLink.js';
import { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import { BlobContainer } from '@pulumi/azure-native/storage/blobContainer.js';
import { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import * as pulumi from '@pulumi/pulumi';

const settings = JSON.parse(readFileSync('settings.json', 'utf8'));
const zero = '00000000-0000-0000-0000-000000000000';
const location = 'westeurope';
const roles = `/subscriptions/${zero}/providers/Microsoft.Authorization/roleDefinitions`;

const group = new ResourceGroup('group', { resourceGroupName: 'estate', location, tags: settings.tags });
const at = { resourceGroupName: group.name, location };
const within = { resourceGroupName: group.name };

const logs = new Workspace('logs', { ...at, workspaceName: 'estate-logs', sku: { name: 'PerGB2018' } });
const { primarySharedKey } = getSharedKeysOutput({ ...within, workspaceName: logs.name });
const network = new VirtualNetwork('net', {
  ...at,
  virtualNetworkName: 'estate-net',
  addressSpace: { addressPrefixes: ['10.20.0.0/16'] },
});
const subnet = (name, addressPrefix, serviceName, opts) =>
  new Subnet(
    name,
    {
      ...within,
      virtualNetworkName: network.name,
      subnetName: name,
      addressPrefix,
      delegations: [{ name, serviceName }],
    },
    opts,
  );
const apps = subnet('apps', '10.20.0.0/23', 'Microsoft.App/environments');
const data = subnet('data', '10.20.2.0/28', 'Microsoft.DBforPostgreSQL/flexibleServers', { dependsOn: apps });
const zone = new PrivateZone('zone', {
  ...within,
  location: 'global',
  privateZoneName: 'estate.private.postgres.database.azure.com',
});
const link = new VirtualNetworkLink('link', {
  ...within,
  location: 'global',
  privateZoneName: zone.name,
  virtualNetworkLinkName: 'estate-net',
  registrationEnabled: false,
  virtualNetwork: { id: network.id },
});
const environment = new ManagedEnvironment('environment', {
  ...at,
  environmentName: 'estate-env',
  appLogsConfiguration: {
    destination: 'log-analytics',
    logAnalyticsConfiguration: { customerId: logs.customerId, sharedKey: pulumi.secret(primarySharedKey) },
  },
  vnetConfiguration: { infrastructureSubnetId: apps.id },
  workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }],
});
const registry = new Registry('registry', { ...at, registryName: 'estateregistry', sku: { name: 'Standard' } });
const identity = new UserAssignedIdentity('identity', { ...at, resourceName: 'estate-apps' });
const vault = new Vault('vault', {
  ...at,
  vaultName: 'estate-vault',
  properties: { tenantId: zero, sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: true },
});
const secret = new Secret('secret', {
  ...within,
  vaultName: vault.name,
  secretName: 'planted',
  properties: { value: pulumi.secret(settings.secret) },
});
const may = (name, roleDefinitionId, scope) =>
  new RoleAssignment(name, {
    roleAssignmentName: settings.guids[name],
    roleDefinitionId,
    scope,
    principalId: identity.principalId,
    principalType: 'ServicePrincipal',
  });
const pull = may('pull', `${roles}/7f951dda-4ed3-4680-a7ca-43fe172d538d`, registry.id);
const read = may('read', `${roles}/4633458b-17de-408a-b874-0445c86b69e6`, vault.id);
const starter = new RoleDefinition('starter', {
  roleDefinitionId: settings.guids.starter,
  roleName: 'starts jobs',
  scope: group.id,
  assignableScopes: [group.id],
  permissions: [{ actions: ['Microsoft.App/jobs/start/action'] }],
});
const storage = new StorageAccount('storage', {
  ...at,
  accountName: 'estateevidence',
  kind: 'StorageV2',
  sku: { name: 'Standard_LRS' },
  enableHttpsTrafficOnly: true,
});
const container = new BlobContainer('container', { ...within, accountName: storage.name, containerName: 'evidence' });
const server = new Server(
  'server',
  {
    ...at,
    serverName: 'estate-db',
    version: '18',
    sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
    storage: { storageSizeGB: 64 },
    authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: 'Disabled', tenantId: zero },
    ...(settings.private && {
      network: { delegatedSubnetResourceId: data.id, privateDnsZoneArmResourceId: zone.id },
    }),
  },
  { dependsOn: link },
);
const of = { ...within, serverName: server.name };
const administrator = new AdministratorsMicrosoftEntra('administrator', {
  ...of,
  objectId: getClientConfigOutput().objectId,
  principalName: 'operator',
  principalType: 'ServicePrincipal',
  tenantId: zero,
});
const database = new Database('database', { ...of, databaseName: 'app' }, { dependsOn: administrator });
new Configuration('parameter', { ...of, configurationName: 'log_lock_waits', value: 'on', source: 'user-override' });
if (!settings.private) {
  new FirewallRule('rule', { ...of, firewallRuleName: 'one', startIpAddress: '192.0.2.1', endIpAddress: '192.0.2.1' });
}

const asIdentity = { type: 'UserAssigned', userAssignedIdentities: [identity.id] };
const registries = [{ server: registry.loginServer, identity: identity.id }];
const image = pulumi.interpolate`${registry.loginServer}/${settings.image}`;
const resources = { cpu: 0.25, memory: '0.5Gi' };
const job = new Job(
  'job',
  {
    ...at,
    jobName: 'migrate',
    environmentId: environment.id,
    identity: asIdentity,
    configuration: {
      triggerType: 'Manual',
      replicaTimeout: 60,
      replicaRetryLimit: 0,
      manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 },
      registries,
    },
    template: { containers: [{ name: 'migrate', image, command: ['node', 'program.mjs', 'exit', '0'], resources }] },
  },
  { dependsOn: pull },
);
const app = new ContainerApp(
  'app',
  {
    ...at,
    containerAppName: 'api',
    environmentId: environment.id,
    workloadProfileName: 'Consumption',
    identity: asIdentity,
    configuration: {
      activeRevisionsMode: 'Multiple',
      registries,
      secrets: [{ name: 'planted', keyVaultUrl: secret.properties.secretUriWithVersion, identity: identity.id }],
      ingress: { external: true, targetPort: 8080, traffic: settings.traffic },
    },
    template: {
      revisionSuffix: settings.suffix,
      scale: {
        minReplicas: 1,
        maxReplicas: 3,
        rules: [{ name: 'http', http: { metadata: { concurrentRequests: '50' } } }],
      },
      containers: [
        {
          name: 'api',
          image,
          command: ['node', 'program.mjs'],
          env: [
            ...settings.env,
            { name: 'PLANTED', secretRef: 'planted' },
            { name: 'AZURE_CLIENT_ID', value: identity.clientId },
          ],
          resources,
        },
      ],
    },
  },
  { dependsOn: [pull, read] },
);

export const ids = [container, database, job, starter].map(({ id }) => id);
export const revision = app.latestRevisionName;
export const fqdn = app.configuration.apply((configuration) => configuration?.ingress?.fqdn);
export const domain = environment.defaultDomain;

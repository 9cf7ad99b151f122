/** How a resource of @pulumi/azure-native becomes an ARM call. */
export interface ResourceType {
  readonly apiVersion: string;
  /** Each `{name}` is the input of that name, and cannot be changed. The last one names the resource. */
  readonly path: string;
  /** Inputs that the SDK's types require beside those of the path. */
  readonly required?: readonly string[];
  /** Members of the body that are beside `properties`, not in it, other than location, tags and identity. */
  readonly beside?: readonly string[];
  /** Name in the SDK → name in the body, of members of `properties`. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Arrays whose elements have `properties` too, which the SDK does not show. */
  readonly nested?: readonly string[];
  /** Inputs that make another resource when they change, beside those of the path and the location. */
  readonly replaces?: readonly string[];
  /** Inputs that the service never gives back. */
  readonly writeOnly?: readonly string[];
  /** The service makes it with its parent, and it ends with it: creating it changes it, deleting it forgets it. */
  readonly comesWithParent?: true;
  /** It has no region of its own. */
  readonly regionless?: true;
}

const group = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}';
const postgres = `${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{serverName}`;

/** By token without `azure-native:`; api-versions are the defaults of 3.28.0. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  'resources:ResourceGroup': { apiVersion: '2024-03-01', path: group, beside: ['managedBy'] },
  'operationalinsights:Workspace': {
    apiVersion: '2023-09-01',
    path: `${group}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}`,
  },
  'network:VirtualNetwork': {
    apiVersion: '2024-05-01',
    path: `${group}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}`,
    beside: ['extendedLocation', 'id'],
    nested: ['subnets', 'subnets.delegations'],
  },
  'network:Subnet': {
    apiVersion: '2024-05-01',
    path: `${group}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}`,
    beside: ['id', 'name', 'type'],
    nested: ['delegations'],
    regionless: true,
  },
  'privatedns:PrivateZone': {
    apiVersion: '2024-06-01',
    path: `${group}/providers/Microsoft.Network/privateDnsZones/{privateZoneName}`,
  },
  'privatedns:VirtualNetworkLink': {
    apiVersion: '2024-06-01',
    path: `${group}/providers/Microsoft.Network/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}`,
    replaces: ['virtualNetwork'],
  },
  'app:ManagedEnvironment': {
    apiVersion: '2025-02-02-preview',
    path: `${group}/providers/Microsoft.App/managedEnvironments/{environmentName}`,
    beside: ['kind'],
    replaces: ['infrastructureResourceGroup', 'vnetConfiguration', 'zoneRedundant'],
    writeOnly: ['appLogsConfiguration.logAnalyticsConfiguration.sharedKey'],
  },
  'app:Job': {
    apiVersion: '2025-02-02-preview',
    path: `${group}/providers/Microsoft.App/jobs/{jobName}`,
    beside: ['extendedLocation'],
    replaces: ['environmentId'],
  },
  'app:ContainerApp': {
    apiVersion: '2025-02-02-preview',
    path: `${group}/providers/Microsoft.App/containerApps/{containerAppName}`,
    beside: ['extendedLocation', 'kind', 'managedBy'],
    replaces: ['environmentId', 'managedEnvironmentId'],
  },
  'containerregistry:Registry': {
    apiVersion: '2023-01-01-preview',
    path: `${group}/providers/Microsoft.ContainerRegistry/registries/{registryName}`,
    required: ['sku'],
    beside: ['sku'],
  },
  'managedidentity:UserAssignedIdentity': {
    apiVersion: '2023-01-31',
    path: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}`,
  },
  'authorization:RoleAssignment': {
    apiVersion: '2022-04-01',
    path: '/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}',
    required: ['principalId', 'roleDefinitionId'],
    replaces: ['principalId', 'principalType', 'roleDefinitionId', 'condition', 'conditionVersion', 'description'],
    regionless: true,
  },
  'authorization:RoleDefinition': {
    apiVersion: '2022-05-01-preview',
    path: '/{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}',
    renamed: { roleType: 'type' },
    regionless: true,
  },
  'keyvault:Vault': {
    apiVersion: '2024-11-01',
    path: `${group}/providers/Microsoft.KeyVault/vaults/{vaultName}`,
    required: ['properties'],
    beside: ['properties'],
  },
  'keyvault:Secret': {
    apiVersion: '2024-11-01',
    path: `${group}/providers/Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}`,
    required: ['properties'],
    beside: ['properties'],
    writeOnly: ['properties.value'],
    comesWithParent: true,
    regionless: true,
  },
  'storage:StorageAccount': {
    apiVersion: '2024-01-01',
    path: `${group}/providers/Microsoft.Storage/storageAccounts/{accountName}`,
    required: ['kind', 'sku'],
    beside: ['kind', 'sku', 'extendedLocation'],
    renamed: { enableHttpsTrafficOnly: 'supportsHttpsTrafficOnly', networkRuleSet: 'networkAcls' },
  },
  'storage:BlobContainer': {
    apiVersion: '2024-01-01',
    path: `${group}/providers/Microsoft.Storage/storageAccounts/{accountName}/blobServices/default/containers/{containerName}`,
    regionless: true,
  },
  'dbforpostgresql:Server': {
    apiVersion: '2025-08-01',
    path: postgres,
    beside: ['sku'],
    replaces: ['administratorLogin'],
    writeOnly: ['administratorLoginPassword', 'createMode'],
  },
  'dbforpostgresql:Database': {
    apiVersion: '2025-08-01',
    path: `${postgres}/databases/{databaseName}`,
    replaces: ['charset', 'collation'],
    regionless: true,
  },
  'dbforpostgresql:Configuration': {
    apiVersion: '2025-08-01',
    path: `${postgres}/configurations/{configurationName}`,
    comesWithParent: true,
    regionless: true,
  },
  'dbforpostgresql:FirewallRule': {
    apiVersion: '2025-08-01',
    path: `${postgres}/firewallRules/{firewallRuleName}`,
    required: ['startIpAddress', 'endIpAddress'],
    regionless: true,
  },
  'dbforpostgresql:AdministratorsMicrosoftEntra': {
    apiVersion: '2025-08-01',
    path: `${postgres}/administrators/{objectId}`,
    required: ['objectId'],
    replaces: ['principalName', 'principalType', 'tenantId'],
    regionless: true,
  },
};

/** The path of a resource: its id. */
export function resourcePath(
  { path }: ResourceType,
  subscriptionId: () => string,
  inputs: Readonly<Record<string, unknown>>,
): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) =>
    // A scope is an id itself, and begins with a slash.
    name === 'subscriptionId' ? subscriptionId() : String(inputs[name]).replace(/^\//, ''),
  );
}

/** The inputs that the path of a type is made of; the last one names the resource, and may be left to the provider. */
export function pathInputs({ path }: ResourceType): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => (name === 'subscriptionId' ? [] : [name as string]));
}

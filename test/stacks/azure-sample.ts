import { sampleConfig } from './sample-config.ts';

export const subscription = '11111111-2222-3333-4444-555555555555';
export const group = `/subscriptions/${subscription}/resourceGroups/shop`;
const elsewhere = `/subscriptions/${subscription}/resourceGroups/shared/providers`;

const version = '0123456789abcdef0123456789abcdef';

/** A whole `sallyport:platform` of Azure, with nothing said that has a default. */
export const azurePlatform = {
  kind: 'azure',
  name: 'shop',
  subscription,
  tenant: '22222222-2222-3333-4444-555555555555',
  location: 'westeurope',
  operator: { name: 'shop-promotions', objectId: '33333333-2222-3333-4444-555555555555', type: 'ServicePrincipal' },
  secrets: { 'api-token': version, 'mail-key': 'config', 'rehearse-shadow-url': version },
};

/** A configuration for Azure without a mistake. */
export const azureConfig = {
  ...sampleConfig,
  platform: azurePlatform,
  migrations: { ...sampleConfig.migrations, timeouts: { job: 900 } },
  rehearse: { images: { api: 'apps/api' } },
};

/** Gates in a job, as a private server needs it. */
export const inJob = { runner: 'job', image: `shopregistry.azurecr.io/gates@sha256:${'c'.repeat(64)}` };

/** Everything that can be brought, brought. */
export const broughtPlatform = {
  ...azurePlatform,
  resourceGroup: { existing: group },
  logs: { existing: `${elsewhere}/Microsoft.OperationalInsights/workspaces/logs` },
  network: { topology: 'private', existing: {} },
  environment: { existing: `${elsewhere}/Microsoft.App/managedEnvironments/env` },
  registry: { existing: `${elsewhere}/Microsoft.ContainerRegistry/registries/images` },
  identities: Object.fromEntries(
    ['apps', 'migrate', 'gates'].map((kind) => [
      kind,
      { existing: `${elsewhere}/Microsoft.ManagedIdentity/userAssignedIdentities/old-${kind}` },
    ]),
  ),
  vault: { existing: `${elsewhere}/Microsoft.KeyVault/vaults/vault` },
  secrets: { 'api-token': version, 'mail-key': version, 'rehearse-shadow-url': version },
  server: { existing: `${elsewhere}/Microsoft.DBforPostgreSQL/flexibleServers/server` },
  database: { name: 'orders', existing: true },
  gates: {
    runner: 'job',
    image: `images.azurecr.io/gates@sha256:${'c'.repeat(64)}`,
    evidence: {
      existing: `${elsewhere}/Microsoft.Storage/storageAccounts/blobs/blobServices/default/containers/evidence`,
    },
  },
};

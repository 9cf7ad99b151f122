import type { PlatformAddress } from '../../../infra/platform.ts';

const group = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/group/providers';

/** An address of kind azure, where nothing answers unless the changes say where. */
export function azureAddress(changes: Partial<PlatformAddress> = {}): PlatformAddress {
  return {
    kind: 'azure',
    subscriptionId: '00000000-0000-0000-0000-000000000000',
    resourceGroup: 'group',
    environmentId: `${group}/Microsoft.App/managedEnvironments/environment`,
    azure: {
      tenantId: '00000000-0000-0000-0000-000000000000',
      serverId: `${group}/Microsoft.DBforPostgreSQL/flexibleServers/production`,
      logs: { destination: 'none' },
      gates: { runner: 'in-process' },
    },
    ...changes,
  };
}

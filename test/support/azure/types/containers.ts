import { z } from 'zod';
import { ArmFailure } from '../../../../infra/local/arm/arm-failure.ts';
import { type ArmType, regional } from '../arm-type.ts';
import { type Held, referred } from '../arm-world.ts';
import { workspaceKey } from './storage.ts';

/** The managed environment. `opened` is given one that was made, whose apps and jobs are then answered for. */
export function environmentTypes(
  domain: string,
  opened: (environment: Held) => Promise<void>,
  closed: () => Promise<void>,
): Readonly<Record<string, ArmType>> {
  return {
    'microsoft.app/managedenvironments': {
      apiVersion: '2025-02-02-preview',
      name: /^[a-z][a-z0-9-]{0,58}[a-z0-9]$/,
      body: regional({
        appLogsConfiguration: z
          .strictObject({
            destination: z.enum(['log-analytics', 'azure-monitor', 'none']).optional(),
            logAnalyticsConfiguration: z.strictObject({ customerId: z.string(), sharedKey: z.string() }).optional(),
          })
          .optional(),
        vnetConfiguration: z
          .strictObject({ infrastructureSubnetId: z.string(), internal: z.boolean().optional() })
          .optional(),
        workloadProfiles: z.array(z.strictObject({ name: z.string(), workloadProfileType: z.string() })).optional(),
        zoneRedundant: z.boolean().optional(),
        publicNetworkAccess: z.enum(['Enabled', 'Disabled']).optional(),
      }),
      fixed: ['location', 'properties.vnetConfiguration.infrastructureSubnetId', 'properties.zoneRedundant'],
      hidden: ['properties.appLogsConfiguration.logAnalyticsConfiguration.sharedKey'],
      check: (world, _id, { properties }) => {
        const { appLogsConfiguration: logs, vnetConfiguration: network, zoneRedundant } = properties;
        if (logs?.destination === 'log-analytics') {
          const key = logs.logAnalyticsConfiguration;
          const workspace = [...world.resources.values()].find(({ made }) => made.customerId === key?.customerId);
          if (!workspace || key?.sharedKey !== workspaceKey) {
            throw new ArmFailure(400, 'LogAnalyticsConfigurationInvalid', 'no workspace has this id and this key');
          }
        }
        if (zoneRedundant && !network) throw new ArmFailure(400, 'ZoneRedundancyNeedsVnet', 'a subnet is needed');
        if (!network) return;
        const id = network.infrastructureSubnetId;
        const subnet = referred(world, 'infrastructureSubnetId', id, 'Microsoft.Network/virtualNetworks/subnets');
        const [delegation] = subnet.body.properties.delegations ?? [];
        if (delegation?.properties.serviceName !== 'Microsoft.App/environments') {
          throw new ArmFailure(
            400,
            'ManagedEnvironmentSubnetDelegationError',
            'delegate it to Microsoft.App/environments',
          );
        }
      },
      made: () => ({ defaultDomain: domain, staticIp: '127.0.0.1', provisioningState: 'Succeeded' }),
      settle: (_world, held) => opened(held),
      remove: () => closed(),
    },
  };
}

import { ManagedEnvironment } from '@pulumi/azure-native/app/managedEnvironment.js';
import * as pulumi from '@pulumi/pulumi';
import type { AzureAddress } from '../platform.ts';
import type { NetworkIds } from './network.ts';
import type { Place } from './place.ts';
import { workspace, workspaceKey } from './workspace.ts';

/** The profile of every app and job: pay for what runs. */
export const workloadProfile = 'Consumption';

/** A managed environment, and where its console logs are. */
export interface EstateEnvironment {
  readonly environment: ManagedEnvironment;
  readonly logs: pulumi.Output<AzureAddress['logs']>;
}

/** The managed environment with its logs: made, or brought with the logs it has. */
export function managedEnvironment(
  name: string,
  place: Place,
  { environmentSubnet }: NetworkIds,
  opts: pulumi.CustomResourceOptions,
): EstateEnvironment {
  const settings = place.platform.environment;
  const logsName = `${name}-logs`;
  if ('existing' in settings) {
    const environment = ManagedEnvironment.get(name, settings.existing, opts);
    const brought = 'existing' in place.platform.logs ? workspace(logsName, place, opts) : undefined;
    return { environment, logs: logsOf(environment, brought?.customerId) };
  }
  const logs = workspace(logsName, place, opts);
  const environment = new ManagedEnvironment(
    name,
    {
      resourceGroupName: place.resourceGroup,
      environmentName: place.names.environment,
      location: place.platform.location,
      appLogsConfiguration: {
        destination: 'log-analytics',
        logAnalyticsConfiguration: { customerId: logs.customerId, sharedKey: workspaceKey(logs, opts) },
      },
      workloadProfiles: [{ name: workloadProfile, workloadProfileType: 'Consumption' }],
      zoneRedundant: settings.zoneRedundant,
      ...(environmentSubnet !== undefined && {
        vnetConfiguration: { infrastructureSubnetId: environmentSubnet, internal: settings.internal },
      }),
    },
    { ...opts, protect: place.platform.protect },
  );
  // Not read from the environment: beside the workspace's key, it would be a secret, and all that gates are given with it.
  const written = logs.customerId.apply((workspaceId) => ({ destination: 'log-analytics' as const, workspaceId }));
  return { environment, logs: written };
}

/** As the environment has it. A destination of no known name is none: gates then say that there are no logs. */
function logsOf(environment: ManagedEnvironment, workspaceOf: pulumi.Output<string> | undefined) {
  return pulumi
    .all([environment.appLogsConfiguration, workspaceOf ?? environment.appLogsConfiguration.apply(customerOf)])
    .apply(([logs, workspaceId]): AzureAddress['logs'] => {
      const destination = logs?.destination;
      const known = destination === 'log-analytics' || destination === 'azure-monitor' ? destination : 'none';
      return { destination: known, ...(workspaceId !== undefined && known !== 'none' && { workspaceId }) };
    });
}

function customerOf(logs: { readonly logAnalyticsConfiguration?: { readonly customerId?: string } } | undefined) {
  return logs?.logAnalyticsConfiguration?.customerId;
}

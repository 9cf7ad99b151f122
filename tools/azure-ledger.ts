import { openPlatform } from '../gates/kernel/open-platform.ts';
import { namesOf, serverIdOf } from '../infra/azure/names.ts';
import type { DatabaseAddress, PlatformAddress } from '../infra/platform.ts';
import type { AzurePlatform } from '../stacks/azure-config.ts';
import { SetupError } from './setup-error.ts';

const waitMs = 30_000;

/** Where the ledger of an estate on Azure is, from its configuration and the server. Pulumi's state is not asked. */
export async function azureLedger(
  settings: AzurePlatform,
): Promise<{ readonly address: PlatformAddress; readonly database: DatabaseAddress }> {
  const { subscription: subscriptionId, tenant: tenantId, endpoint, environment, operator } = settings;
  if (settings.gates.runner === 'job') {
    throw new SetupError(
      'LEDGER_NOT_HERE',
      'found gates.runner job: the ledger is read from inside the network, by the gates alone; needed gates.runner in-process. ' +
        'Back to an accepted release without it: pulumi config set sallyport:replay <sha>, then pulumi up',
    );
  }
  const names = namesOf(settings);
  const serverId = serverIdOf(settings);
  const made = `/subscriptions/${subscriptionId}/resourceGroups/${names.resourceGroup}/providers/Microsoft.App/managedEnvironments/${names.environment}`;
  const address: PlatformAddress = {
    kind: 'azure',
    subscriptionId,
    resourceGroup: names.resourceGroup,
    environmentId: 'existing' in environment ? environment.existing : made,
    ...(endpoint !== undefined && { endpoint }),
    azure: { tenantId, serverId, logs: { destination: 'none' }, gates: { runner: 'in-process' } },
  };
  const platform = await openPlatform(address);
  const host = (await platform.readServer?.(AbortSignal.timeout(waitMs)))?.host;
  if (host === undefined) {
    throw new SetupError('SERVER_NOT_THERE', `found no server ${serverId}; promote first: npm run pulumi -- up`);
  }
  const { name, port } = settings.database;
  const users = { gates: operator.name, migrator: names.identities.migrate, app: names.identities.apps };
  return { address, database: { host, port, database: name, tls: endpoint === undefined, users } };
}

import { readEnvironment } from '../infra/local/environment.ts';
import type { PlatformAddress } from '../infra/platform.ts';
import type { CutoverConfig } from './cutover-config.ts';

/**
 * Where the application runs that is moved, and the job that migrates there; none on this machine.
 * @throws where a local environment does not run.
 */
export async function cutoverPlatform(
  platform: CutoverConfig['platform'],
): Promise<{ readonly platform: PlatformAddress; readonly migrationJob?: string }> {
  switch (platform.kind) {
    case 'local': {
      const found = await readEnvironment(platform.directory);
      if (found === undefined) throw new Error(`no environment running in ${platform.directory}`);
      return { platform: found.address };
    }
    case 'azure': {
      const { subscription, tenant, resourceGroup, environment, server, logs, migrationJob, endpoint } = platform;
      const { destination, workspaceId } = logs;
      const address: PlatformAddress = {
        kind: 'azure',
        subscriptionId: subscription,
        resourceGroup,
        environmentId: environment,
        ...(endpoint !== undefined && { endpoint }),
        azure: {
          tenantId: tenant,
          serverId: server,
          logs: { destination, ...(workspaceId !== undefined && { workspaceId }) },
          gates: { runner: 'in-process' },
        },
      };
      return { platform: address, migrationJob };
    }
    default:
      return platform satisfies never;
  }
}

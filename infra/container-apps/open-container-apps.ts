import type { TokenCredential } from '@azure/core-auth';
import type { PlatformAddress } from '../platform.ts';
import { appOperations } from './app-operations.ts';
import type { ContainerApps } from './container-apps.ts';
import { containerAppsContext } from './container-apps-client.ts';
import { executionOperations } from './execution-operations.ts';
import { jobOperations } from './job-operations.ts';
import { logOperations } from './log-operations.ts';
import { revisionOperations } from './revision-operations.ts';
import { secretOperations } from './secret-operations.ts';

/** Opens the Container Apps API at an address. `operationSeconds` bounds each long-running operation (default 600). */
export function openContainerApps(
  address: PlatformAddress,
  credential: TokenCredential,
  options: { readonly operationSeconds?: number } = {},
): ContainerApps {
  const context = containerAppsContext(address, credential, options.operationSeconds ?? 600);
  return {
    ...appOperations(context),
    ...secretOperations(context),
    ...revisionOperations(context),
    ...jobOperations(context),
    ...executionOperations(context),
    ...logOperations(context, credential),
  };
}

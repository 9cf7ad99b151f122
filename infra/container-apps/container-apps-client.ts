import { ContainerAppsAPIClient } from '@azure/arm-appcontainers';
import type { AccessToken, TokenCredential } from '@azure/core-auth';
import type { PlatformAddress } from '../platform.ts';
import { ARM_SCOPE, prepareArmPipeline } from './arm-pipeline.ts';
import { onLoopback } from './loopback.ts';

/** What every operation group works with. */
export interface ContainerAppsContext {
  readonly client: ContainerAppsAPIClient;
  /** For what must be sent once: it never repeats a request. */
  readonly once: ContainerAppsAPIClient;
  readonly address: PlatformAddress;
  readonly operationSeconds: number;
  /** How often a long-running operation is asked about when the answer does not say. */
  readonly pollMs: number;
  token(): Promise<AccessToken>;
  /** The region of the managed environment, where everything in it has to be. */
  location(): Promise<string>;
}

/** The official client for an address. On loopback it speaks http. */
export function containerAppsContext(
  address: PlatformAddress,
  credential: TokenCredential,
  operationSeconds: number,
): ContainerAppsContext {
  const token = async (): Promise<AccessToken> => {
    const found = await credential.getToken(ARM_SCOPE);
    if (!found) throw new Error('the credential gave no token for the management API');
    return found;
  };
  const near = onLoopback(address);
  const open = (maxRetries: number): ContainerAppsAPIClient => {
    const client = new ContainerAppsAPIClient(credential, address.subscriptionId, {
      retryOptions: { maxRetries, retryDelayInMs: near ? 100 : 1_000 },
      ...(address.endpoint !== undefined && { endpoint: address.endpoint }),
      ...(near && { allowInsecureConnection: true }),
    });
    prepareArmPipeline(client.pipeline, near ? token : undefined);
    return client;
  };
  const pollMs = near ? 50 : 2_000;
  const client = open(3);
  const name = address.environmentId.split('/').at(-1) ?? '';
  const location = async (): Promise<string> => {
    if (address.kind === 'local') return 'local';
    return (await client.managedEnvironments.get(address.resourceGroup, name)).location;
  };
  return { client, once: open(0), address, operationSeconds, pollMs, token, location };
}

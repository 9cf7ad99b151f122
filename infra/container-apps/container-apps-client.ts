import { ContainerAppsAPIClient } from '@azure/arm-appcontainers';
import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { type PipelinePolicy, RestError } from '@azure/core-rest-pipeline';
import type { PlatformAddress } from '../platform.ts';

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

const REQUEST_TIMEOUT_MS = 60_000;
const SCOPE = 'https://management.azure.com/.default';
const BEARER_POLICY = 'bearerTokenAuthenticationPolicy';

/** The official client for an address. On loopback it speaks http with the environment's token. */
export function containerAppsContext(
  address: PlatformAddress,
  credential: TokenCredential,
  operationSeconds: number,
): ContainerAppsContext {
  const token = async (): Promise<AccessToken> => {
    const found = await credential.getToken(SCOPE);
    if (!found) throw new Error('the credential gave no token for the management API');
    return found;
  };
  const open = (maxRetries: number): ContainerAppsAPIClient => {
    const client = new ContainerAppsAPIClient(credential, address.subscriptionId, {
      retryOptions: { maxRetries, retryDelayInMs: address.kind === 'local' ? 100 : 1_000 },
      ...(address.endpoint !== undefined && { endpoint: address.endpoint }),
      ...(address.kind === 'local' && { allowInsecureConnection: true }),
    });
    client.pipeline.addPolicy(requestTimeout, { afterPhase: 'Retry' });
    if (address.kind === 'local') {
      // The official policy refuses http; on loopback there is nobody to overhear.
      client.pipeline.removePolicy({ name: BEARER_POLICY });
      client.pipeline.addPolicy(loopbackBearer(token));
    }
    return client;
  };
  const pollMs = address.kind === 'local' ? 50 : 2_000;
  const client = open(3);
  const name = address.environmentId.split('/').at(-1) ?? '';
  const location = async (): Promise<string> => {
    if (address.kind === 'local') return 'local';
    return (await client.managedEnvironments.get(address.resourceGroup, name)).location;
  };
  return { client, once: open(0), address, operationSeconds, pollMs, token, location };
}

// Each request by itself is bounded too: a platform that takes the connection and never answers is an error. Not by the
// library's own timeout: its timer outlives a request that fails, and keeps the process from ending for as long.
const requestTimeout: PipelinePolicy = {
  name: 'requestTimeoutPolicy',
  sendRequest: async (request, next) => {
    const given = request.abortSignal;
    const late = new AbortController();
    const end = () => late.abort();
    const timer = setTimeout(end, REQUEST_TIMEOUT_MS);
    given?.addEventListener('abort', end);
    if (given?.aborted) end();
    request.abortSignal = late.signal;
    try {
      return await next(request);
    } catch (error) {
      if (!late.signal.aborted || given?.aborted) throw error;
      throw new RestError(`no answer within ${REQUEST_TIMEOUT_MS / 1000} s`, { code: 'REQUEST_TIMEOUT', request });
    } finally {
      clearTimeout(timer);
      given?.removeEventListener('abort', end);
      request.abortSignal = given;
    }
  },
};

function loopbackBearer(token: () => Promise<AccessToken>): PipelinePolicy {
  return {
    name: 'loopbackBearerPolicy',
    sendRequest: async (request, next) => {
      const { hostname } = new URL(request.url);
      if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) {
        throw new Error(`the local platform's token is sent to loopback only, not to ${hostname}`);
      }
      request.headers.set('authorization', `Bearer ${(await token()).token}`);
      return next(request);
    },
  };
}

import type { AccessToken } from '@azure/core-auth';
import { type Pipeline, type PipelinePolicy, RestError } from '@azure/core-rest-pipeline';
import { isLoopbackHost } from './loopback.ts';

/** What a token for the management API is asked for. */
export const ARM_SCOPE = 'https://management.azure.com/.default';

const REQUEST_TIMEOUT_MS = 60_000;
const BEARER_POLICY = 'bearerTokenAuthenticationPolicy';

/** Bounds every request of a client. With `loopbackToken` it speaks http, to loopback only. */
export function prepareArmPipeline(pipeline: Pipeline, loopbackToken: (() => Promise<AccessToken>) | undefined): void {
  pipeline.addPolicy(requestTimeout, { afterPhase: 'Retry' });
  if (loopbackToken === undefined) return;
  // The official policy refuses http; on loopback there is nobody to overhear.
  pipeline.removePolicy({ name: BEARER_POLICY });
  pipeline.addPolicy(loopbackBearer(loopbackToken));
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
      if (!isLoopbackHost(hostname)) {
        throw new Error(`a token is sent over http to loopback only, not to ${hostname}`);
      }
      request.headers.set('authorization', `Bearer ${(await token()).token}`);
      return next(request);
    },
  };
}

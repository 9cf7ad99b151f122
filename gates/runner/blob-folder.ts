import type { TokenCredential } from '@azure/core-auth';
import {
  AnonymousCredential,
  ContainerClient,
  newPipeline,
  type Pipeline,
  type RequestPolicyFactory,
  RestError,
} from '@azure/storage-blob';
import { isLoopbackHost } from '../../infra/container-apps/loopback.ts';
import { GateError, gateError, messageOf } from '../kernel/gate-error.ts';

const storageScope = 'https://storage.azure.com/.default';

/** A blob container, by which the engine and a job exchange texts. Every call that fails is a GATE_STORE_UNREACHABLE. */
export interface BlobFolder {
  /** Writes a blob that is not there yet; one that has this very text already is as good. */
  put(name: string, text: string): Promise<void>;
  /** Its text; undefined when there is none. */
  get(name: string): Promise<string | undefined>;
  remove(name: string): Promise<void>;
}

/** Opens the container at a URL with a token of the credential: https, or http on loopback. */
export function openBlobFolder(url: string, credential: TokenCredential): BlobFolder {
  const { protocol, hostname } = new URL(url);
  const near = isLoopbackHost(hostname);
  if (protocol !== 'https:' && !near) {
    throw gateError('INPUTS_INVALID', 'platform.gates.container', url, 'an https address: a token goes there');
  }
  const container = new ContainerClient(url, pipelineFor(credential, near));
  const get = (name: string) =>
    calling(`read ${name}`, async () => {
      try {
        return (await container.getBlockBlobClient(name).downloadToBuffer()).toString('utf8');
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 404 && codeOf(error) === 'BlobNotFound')
          return undefined;
        throw error;
      }
    });
  return {
    get,
    put: (name, text) =>
      calling(`write ${name}`, async () => {
        try {
          const options = {
            conditions: { ifNoneMatch: '*' },
            blobHTTPHeaders: { blobContentType: 'application/json' },
          };
          await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text), options);
        } catch (error) {
          // A write whose answer was lost is repeated by the client, and finds itself there.
          if (!(error instanceof RestError && error.statusCode === 409 && (await get(name)) === text)) throw error;
        }
      }),
    remove: (name) =>
      calling(`remove ${name}`, async () => void (await container.getBlockBlobClient(name).deleteIfExists())),
  };
}

async function calling<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof GateError) throw error;
    const found = error instanceof RestError ? `${error.statusCode ?? 'no answer'} ${codeOf(error) ?? ''}`.trim() : '';
    throw gateError(
      'GATE_STORE_UNREACHABLE',
      doing,
      found || messageOf(error),
      'the blob container of the gates',
      error,
    );
  }
}

function codeOf(error: RestError): string | undefined {
  return error.code ?? (error.details as { errorCode?: string } | undefined)?.errorCode;
}

function pipelineFor(credential: TokenCredential, near: boolean): Pipeline {
  const retryOptions = {
    maxTries: 4,
    tryTimeoutInMs: 30_000,
    retryDelayInMs: near ? 50 : 1_000,
    maxRetryDelayInMs: 10_000,
  };
  if (!near) return newPipeline(credential, { retryOptions });
  // The official policy refuses http; on loopback there is nobody to overhear.
  const pipeline = newPipeline(new AnonymousCredential(), { retryOptions });
  pipeline.factories.push(loopbackBearer(credential));
  return pipeline;
}

function loopbackBearer(credential: TokenCredential): RequestPolicyFactory {
  return {
    create: (next) => ({
      sendRequest: async (request) => {
        const { hostname } = new URL(request.url);
        if (!isLoopbackHost(hostname))
          throw new Error(`a token is sent over http to loopback only, not to ${hostname}`);
        const found = await credential.getToken(storageScope);
        if (!found) throw new Error('the credential gave no token for the blob container');
        request.headers.set('authorization', `Bearer ${found.token}`);
        return next.sendRequest(request);
      },
    }),
  };
}

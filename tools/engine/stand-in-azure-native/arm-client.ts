import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenCredential } from '@azure/identity';
import type { Json } from './body.ts';
import type { ProviderSettings } from './provider-settings.ts';

/** The ARM calls of the provider. A path begins at the subscription or scope and has no api-version. */
export interface ArmClient {
  /** Undefined when it is not there. */
  get(path: string, apiVersion: string): Promise<Json | undefined>;
  /** Ends when the operation has ended, with the resource as it then is. */
  put(path: string, apiVersion: string, body: Json): Promise<Json>;
  delete(path: string, apiVersion: string): Promise<void>;
  post(path: string, apiVersion: string): Promise<Json>;
}

/** A refusal or a failed operation: what was asked, and the service's code and message. */
export class ArmRefusal extends Error {
  readonly code: string;
  /** The service had taken the order before it failed. */
  readonly accepted: boolean;

  constructor(call: string, code: string, message: string, accepted = false) {
    super(`${call}: ${code}: ${message}`);
    this.name = 'ArmRefusal';
    this.code = code;
    this.accepted = accepted;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

const SCOPE = 'https://management.azure.com/.default';
const TRIES = 4;
const REQUEST_MS = 60_000;
const ended = new Set(['Succeeded', 'Failed', 'Canceled']);

/** A client of the endpoint of the settings, with the token of whoever runs the engine. `signal` ends it. */
export function armClient(settings: () => ProviderSettings, signal: AbortSignal): ArmClient {
  let credential: TokenCredential | undefined;

  async function send(method: string, address: string, body?: Json): Promise<Answer> {
    const url = new URL(address, settings().endpoint());
    // A link that the endpoint gives leads back to it, or the token would go elsewhere.
    if (url.origin !== settings().endpoint())
      throw new Error(`a link leads to ${url.origin}, which is not the endpoint`);
    // Loaded with the first call: what only previews has no need of it.
    credential ??= new (await import('@azure/identity')).DefaultAzureCredential();
    const token = await credential.getToken(SCOPE);
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token?.token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  }

  /** Every call here may be repeated. A throttled or failing service is asked again a few times, not for ever. */
  async function call(method: string, address: string, body?: Json): Promise<Answer> {
    for (let tried = 1; ; tried += 1) {
      const answer = await send(method, address, body);
      if (tried === TRIES || !isTransient(answer)) return answer;
      await sleep(waitMs(answer, 200 * 2 ** tried), undefined, { signal });
    }
  }

  /** Follows a long-running operation by what its answer says, to its end or the bound. */
  async function follow(what: string, first: Answer): Promise<void> {
    const deadline = Date.now() + settings().operationSeconds * 1_000;
    const status = first.headers.get('azure-asyncoperation');
    const location = first.headers.get('location');
    let answer = first;
    const wait = async () => {
      if (Date.now() > deadline) {
        throw new ArmRefusal(what, 'OperationTimedOut', `no end within ${settings().operationSeconds} s`, true);
      }
      await sleep(waitMs(answer, 1_000), undefined, { signal });
    };
    if (status !== null) {
      for (;;) {
        answer = await call('GET', status);
        if (answer.status >= 400) throw refusalOf(what, answer, true);
        const { status: state, error } = answer.body as { status?: string; error?: { code: string; message: string } };
        if (state === 'Succeeded') return;
        if (state !== undefined && ended.has(state)) {
          throw new ArmRefusal(what, error?.code ?? state, error?.message ?? 'the operation failed', true);
        }
        await wait();
      }
    }
    while (answer.status === 202 && location !== null) {
      await wait();
      answer = await call('GET', location);
      if (answer.status >= 400) throw refusalOf(what, answer, true);
    }
  }

  const at = (path: string, apiVersion: string) => `${path}?api-version=${apiVersion}`;
  const get = async (path: string, apiVersion: string) => {
    const answer = await call('GET', at(path, apiVersion));
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusalOf(`read ${path}`, answer);
    return answer.body;
  };
  return {
    get,
    put: async (path, apiVersion, body) => {
      const what = `put ${path}`;
      const answer = await call('PUT', at(path, apiVersion), body);
      if (answer.status >= 300) throw refusalOf(what, answer);
      await follow(what, answer);
      const made = await get(path, apiVersion);
      if (made === undefined) throw new ArmRefusal(what, 'ResourceGone', 'it is not there after it was made', true);
      return made;
    },
    delete: async (path, apiVersion) => {
      const what = `delete ${path}`;
      const answer = await call('DELETE', at(path, apiVersion));
      if (answer.status === 404 || answer.status === 204) return;
      if (answer.status >= 300) throw refusalOf(what, answer);
      await follow(what, answer);
    },
    post: async (path, apiVersion) => {
      const answer = await call('POST', at(path, apiVersion));
      if (answer.status !== 200) throw refusalOf(`post ${path}`, answer);
      return answer.body;
    },
  };
}

/** A proxy in between answers without JSON. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    return { error: { code: 'NoJson', message: text.slice(0, 200) } };
  }
}

function isTransient({ status, body }: Answer): boolean {
  if (status === 429 || status >= 500) return true;
  const { error } = body as { error?: { code?: string } };
  return status === 409 && /InProgress|Conflict/.test(error?.code ?? '');
}

function waitMs({ headers }: Answer, otherwise: number): number {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.max(seconds * 1_000, 50) : otherwise;
}

function refusalOf(what: string, { status, body }: Answer, accepted = false): ArmRefusal {
  const { error } = body as { error?: { code?: string; message?: string } };
  return new ArmRefusal(what, error?.code ?? `HTTP ${status}`, error?.message ?? 'without a reason', accepted);
}

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The resources that have tokens here, as the official client names them. */
export const armResource = 'https://management.azure.com';
export const databaseResource = 'https://ossrdbms-aad.database.windows.net';
export const storageResource = 'https://storage.azure.com';
export const logsResource = 'https://api.loganalytics.io';

/**
 * The token endpoint that App Service and Container Apps give a managed identity, on loopback: the real
 * DefaultAzureCredential talks to it. As strict as the original: header, api-version and a resource that it knows, or 4xx.
 * `tokens` is resource → token, and may be changed at any time. Tokens are good for `lifetimeSeconds`; the official client
 * keeps one that is good for more than five minutes for the whole process, whoever gave it, so the default is less.
 */
export async function identityEndpoint(tokens: Record<string, string>, { lifetimeSeconds = 60, clientId = '' } = {}) {
  const header = randomBytes(16).toString('hex');
  const state = {
    tokens,
    /** The resources asked for, in order. */
    asked: [] as string[],
    /** What is wrong with requests that were refused. */
    refused: [] as string[],
    /** While set, every request is answered so. */
    fault: undefined as { readonly status: number; readonly message: string } | undefined,
  };
  const server = createServer((request, response) => {
    const refusal = state.fault ?? refusalOf(request, { header, clientId, tokens: state.tokens });
    const resource = resourceOf(request);
    if (refusal !== undefined) {
      state.refused.push(`${refusal.status} ${refusal.message}`);
      return send(response, refusal.status, { statusCode: refusal.status, message: refusal.message });
    }
    state.asked.push(resource);
    const expires_on = String(Math.floor(Date.now() / 1000) + lifetimeSeconds);
    const access_token = state.tokens[resource];
    send(response, 200, { access_token, expires_on, resource, token_type: 'Bearer', client_id: clientId });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return {
    state,
    /** The environment of a process that has this identity. */
    environment: {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`,
      IDENTITY_HEADER: header,
      AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      ...(clientId !== '' && { AZURE_CLIENT_ID: clientId }),
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

let own: ReturnType<typeof identityEndpoint> | undefined;

/**
 * The endpoint for an identity of this very process. There is one, whoever asks: the official client finds out once a
 * process where its endpoint is, and goes on asking there. It does not keep the process from ending.
 */
export function ownIdentityEndpoint(): ReturnType<typeof identityEndpoint> {
  own ??= identityEndpoint({});
  return own;
}

/** The environment variables that decide which credential is used: what a test sets, and has to put back. */
export const identityVariables = [
  'IDENTITY_ENDPOINT',
  'IDENTITY_HEADER',
  'AZURE_TOKEN_CREDENTIALS',
  'AZURE_CLIENT_ID',
] as const;

/** Gives this process an identity, or none; the function that comes back puts things as they were. */
export function useIdentity(environment: Partial<Record<(typeof identityVariables)[number], string>>): () => void {
  const before = identityVariables.map((name) => [name, process.env[name]] as const);
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const name of identityVariables) set(name, environment[name]);
  return () => {
    for (const [name, value] of before) set(name, value);
  };
}

interface Expected {
  readonly header: string;
  readonly clientId: string;
  readonly tokens: Readonly<Record<string, string>>;
}

function refusalOf(request: IncomingMessage, { header, clientId, tokens }: Expected) {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const refuse = (status: number, message: string) => ({ status, message });
  if (request.method !== 'GET' || url.pathname !== '/msi/token')
    return refuse(404, `${request.method} ${url.pathname}`);
  if (request.headers['x-identity-header'] !== header) return refuse(401, 'the identity header is missing or wrong');
  if (url.searchParams.get('api-version') !== '2019-08-01') return refuse(400, 'api-version must be 2019-08-01');
  const unknown = [...url.searchParams.keys()].filter((key) => !['api-version', 'resource', 'client_id'].includes(key));
  if (unknown.length > 0) return refuse(400, `${unknown.join(', ')} is not a parameter`);
  if ((url.searchParams.get('client_id') ?? '') !== clientId) return refuse(400, 'no identity of that client id');
  if (tokens[resourceOf(request)] === undefined) return refuse(400, `no token for resource "${resourceOf(request)}"`);
  return undefined;
}

/** The client drops `/.default` from the scope, and leaves a slash at times. */
function resourceOf(request: IncomingMessage): string {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  return (url.searchParams.get('resource') ?? '').replace(/\/+$/, '');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

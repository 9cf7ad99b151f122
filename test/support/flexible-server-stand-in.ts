import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { armResource, ownIdentityEndpoint } from './identity-endpoint.ts';

export const standInServer =
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/data/providers/Microsoft.DBforPostgreSQL/flexibleServers/production';

const version = '2025-08-01';
const token = 'token of the stand-in';
const operations =
  '/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.DBforPostgreSQL/locations/here';

interface Backup {
  backupType: string;
  completedTime?: string;
}

/** What the stand-in is to do wrong. */
export interface Faults {
  /** The server's answer in place of its state. */
  server?: 404 | 500;
  /** The answer to an order; `hang`: never ends; `lost`: 500, and taken all the same; `fails`: the operation ends so. */
  create?: 409 | 500 | 'hang' | 'lost' | 'fails';
  /** How the backup comes out. */
  made?: Partial<Backup> | 'gone';
}

/**
 * A stand-in, not Azure: the calls of Microsoft.DBforPostgreSQL that restore points need, after their published shapes. It
 * refuses whatever it does not know, and keeps that in `refused`. It takes a token that this process's identity is given.
 */
export async function flexibleServerStandIn() {
  const state = {
    properties: {} as Record<string, unknown>,
    tier: 'GeneralPurpose',
    faults: {} as Faults,
    backups: new Map<string, Backup>(),
    orders: [] as string[],
    /** How often a single backup was asked for. */
    reads: 0,
    refused: [] as string[],
    operations: new Map<string, { asked: number; end: () => void; ends: boolean; fails: boolean }>(),
  };
  const server = createServer((request, response) => {
    void answer(request, response, state).catch((error: unknown) => {
      state.refused.push(String(error));
      send(response, 400, { error: { code: 'Refused', message: String(error) } });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const identity = await ownIdentityEndpoint();
  identity.state.fault = undefined;
  identity.state.tokens = { [armResource]: token };
  return {
    endpoint,
    state,
    /** The environment of a process that has a managed identity whose tokens are taken here. */
    identity: identity.environment,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type State = Awaited<ReturnType<typeof flexibleServerStandIn>>['state'];

async function answer(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const origin = `http://${request.headers.host}`;
  const url = new URL(request.url ?? '/', origin);
  const call = `${request.method} ${url.pathname}`;
  let body = '';
  for await (const piece of request) body += piece;
  if (body !== '') throw new Error(`${call}: a body where none is defined`);
  if (url.searchParams.get('api-version') !== version) throw new Error(`${call}: api-version is not ${version}`);
  if (request.headers.authorization !== `Bearer ${token}`) throw new Error(`${call}: not the bearer token`);

  if (call === `GET ${standInServer}`) return readServer(response, state);
  if (call === `GET ${standInServer}/backups`) {
    return send(response, 200, { value: [...state.backups].map(([name, properties]) => ({ name, properties })) });
  }
  const operation = url.pathname.startsWith(`${operations}/`) ? url.pathname.slice(operations.length + 1) : undefined;
  if (request.method === 'GET' && operation !== undefined) return readOperation(response, state, operation);
  const name = /^\/backups\/([-\w.]+)$/.exec(url.pathname.slice(standInServer.length))?.[1];
  if (!url.pathname.startsWith(standInServer) || name === undefined) throw new Error(`${call}: no such call`);
  const begin = (kind: string, end: () => void, fails = false, ends = true) => {
    const id = `${kind}-${state.operations.size}`;
    state.operations.set(id, { asked: 0, end, ends, fails });
    const link = `${origin}${operations}/${id}?api-version=${version}`;
    return { 'azure-asyncoperation': link, location: link, 'retry-after': '0' };
  };
  switch (request.method) {
    case 'GET': {
      state.reads += 1;
      const backup = state.backups.get(name);
      return backup ? send(response, 200, { name, properties: backup }) : notFound(response);
    }
    case 'PUT': {
      state.orders.push(name);
      const { create, made } = state.faults;
      if (create === 409 || create === 500) return failure(response, create, 'a fault');
      if (state.backups.has(name)) return failure(response, 500, 'the name is in use');
      const complete = { backupType: 'Customer On-Demand', completedTime: new Date().toISOString() };
      if (create === 'lost') {
        state.backups.set(name, complete);
        return failure(response, 500, 'a fault after the order was taken');
      }
      const end = () => void (made === 'gone' || state.backups.set(name, { ...complete, ...made }));
      const status = state.orders.length % 2 === 0 ? 201 : 202;
      return send(response, status, undefined, begin('create', end, create === 'fails', create !== 'hang'));
    }
    case 'DELETE': {
      if (!state.backups.has(name)) return notFound(response);
      return send(
        response,
        202,
        undefined,
        begin('delete', () => void state.backups.delete(name)),
      );
    }
    default:
      throw new Error(`${call}: no such call`);
  }
}

function readServer(response: ServerResponse, { faults, properties, tier }: State) {
  if (faults.server === 404) return notFound(response);
  if (faults.server === 500) return failure(response, 500, 'a fault');
  send(response, 200, {
    id: standInServer,
    name: 'production',
    location: 'here',
    sku: { name: 'x', tier },
    properties,
  });
}

/** In progress when first asked; done the second time. */
function readOperation(response: ServerResponse, state: State, id: string) {
  const operation = state.operations.get(id);
  if (operation === undefined) return notFound(response);
  operation.asked += 1;
  if (!operation.ends || operation.asked < 2) {
    const status = id.startsWith('delete') ? 202 : 200;
    return send(response, status, { name: id, status: 'InProgress' }, { 'retry-after': '0' });
  }
  if (operation.fails) {
    const error = { code: 'BackupFailed', message: 'no room' };
    return send(response, 200, { name: id, status: 'Failed', error });
  }
  operation.end();
  send(response, 200, { name: id, status: 'Succeeded' });
}

function notFound(response: ServerResponse): void {
  send(response, 404, { error: { code: 'ResourceNotFound', message: 'It is not there.' } });
}

function failure(response: ServerResponse, status: 409 | 500, message: string): void {
  const code = status === 409 ? 'ServerIsBusy' : 'InternalServerError';
  send(response, status, { error: { code, message } });
}

function send(response: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createProxyServer } from 'http-proxy-3';
import { choosePort } from '../choose-port.ts';
import type { Replica } from './replica.ts';

/** One loopback address in front of replicas. */
export interface Ingress {
  readonly port: number;
  close(): Promise<void>;
}

/** A replica chosen for one request, and the revision it belongs to. */
export interface Upstream {
  readonly revision: string;
  readonly replica: Replica;
}

/** Chooses for one request; `tried` are replicas that just refused the connection. */
export type Choose = (tried: readonly Replica[]) => Upstream | undefined;

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const KEEP_ALIVE_MS = 75_000;

/** Listens on `preferredPort`, or on another when that is taken, and passes every request on to a chosen replica. */
export async function openIngress(preferredPort: number | undefined, name: string, choose: Choose): Promise<Ingress> {
  const server = createServer((request, response) => pass(request, response, name, choose, []));
  server.on('upgrade', (request, socket, head) => passUpgrade(request, socket as Socket, head, choose));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // An upload may take as long as the application lets it.
  server.requestTimeout = 0;
  const port = await listen(server, preferredPort);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const proxy = createProxyServer({ xfwd: true });

function pass(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  choose: Choose,
  tried: readonly Replica[],
): void {
  const upstream = choose(tried);
  if (!upstream) {
    if (tried.length === 0) refuse(response, 503, 'NO_READY_REPLICA', `no replica of ${name} is ready`);
    else refuse(response, 502, 'REPLICA_CONNECTION', `every ready replica of ${name} broke the connection`);
    return;
  }
  const { replica } = upstream;
  const release = hold(replica);
  response.once('close', release);
  const failed = (error: Error) => {
    if (response.destroyed || response.writableEnded) return;
    if (response.headersSent) return void response.destroy();
    response.removeListener('close', release);
    release();
    if (isRepeatable(request)) return pass(request, response, name, choose, [...tried, replica]);
    refuse(response, 502, 'REPLICA_CONNECTION', `the replica ${replica.name} broke the connection: ${error.message}`);
  };
  const target = { host: '127.0.0.1', port: replica.port, protocol: 'http:' };
  try {
    proxy.web(request, response, { target, agent: replica.agent }, failed);
  } catch (error) {
    // The proxy throws at a request target that is no URL.
    refuse(response, 400, 'BAD_REQUEST', (error as Error).message);
  }
}

function passUpgrade(request: IncomingMessage, socket: Socket, head: Buffer, choose: Choose): void {
  socket.on('error', () => socket.destroy());
  const upstream = choose([]);
  if (!upstream) {
    socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    return;
  }
  socket.once('close', hold(upstream.replica));
  const target = { host: '127.0.0.1', port: upstream.replica.port, protocol: 'http:' };
  try {
    proxy.ws(request, socket, head, { target }, () => socket.destroy());
  } catch {
    socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  }
}

function hold(replica: Replica): () => void {
  replica.inFlight += 1;
  let held = true;
  return () => {
    if (held) replica.inFlight -= 1;
    held = false;
  };
}

/** Without a body nothing of the request is used up by the first try. */
function isRepeatable(request: IncomingMessage): boolean {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  return !hasBody && REPEATABLE.has(request.method ?? '');
}

function refuse(response: ServerResponse, status: 400 | 502 | 503, code: string, message: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end(JSON.stringify({ error: { code, message } }));
}

async function listen(server: Server, preferredPort: number | undefined): Promise<number> {
  for (let attempt = 0; ; attempt += 1) {
    const port = await choosePort(attempt === 0 ? preferredPort : undefined);
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen({ port, host: '127.0.0.1' }, () => resolve(undefined));
    });
    if (!error) return port;
    if (error.code !== 'EADDRINUSE' || attempt > 20) throw error;
  }
}

import type { Server } from 'node:http';
import { serve } from '@hono/node-server';

const STOP_SECONDS = 20;

/** What a service serves, and what it lets go of at its end. */
export interface Service {
  readonly name: string;
  readonly app: { readonly fetch: (request: Request) => Response | Promise<Response> };
  readonly host: string;
  readonly port: number;
  /** Runs when the last request has been answered. */
  readonly close: () => Promise<void>;
}

/** Serves until SIGTERM or SIGINT, then takes no new connection, answers what is in flight, closes, and exits with 0. */
export function serveUntilStopped(service: Service): void {
  const { name, app, host, port } = service;
  const server = serve({ fetch: named(app.fetch), hostname: host, port }, (address) => {
    console.log(`${name}: listening on http://${host}:${address.port}`);
  }) as Server;
  server.on('error', (error: NodeJS.ErrnoException) => {
    console.error(`${name}: CANNOT_LISTEN: ${error.code} on ${host}:${port}; give another PORT or HOST`);
    process.exit(1);
  });
  const stop = () => void stopServing(service, server);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** Every answer names the revision that gave it, as the platform calls it: a promotion sees by it who serves. */
function named(fetch: Service['app']['fetch']): Service['app']['fetch'] {
  const revision = process.env.CONTAINER_APP_REVISION;
  if (revision === undefined) return fetch;
  return async (request) => {
    const response = await fetch(request);
    response.headers.set('x-revision', revision);
    return response;
  };
}

async function stopServing(service: Service, server: Server): Promise<void> {
  console.log(`${service.name}: stopping`);
  setTimeout(() => {
    console.error(`${service.name}: STOP_TIMED_OUT: requests were still open after ${STOP_SECONDS} s`);
    process.exit(1);
  }, STOP_SECONDS * 1000).unref();
  const closed = new Promise((resolve) => server.close(resolve));
  // A kept-alive connection that was busy just now counts as open until it is told to go.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearInterval(idle);
  await service.close();
  console.log(`${service.name}: stopped`);
}

import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { EnvironmentError } from './environment-error.ts';

// Below the range from which Linux (32768) and macOS (49152) take the local ends of outgoing connections: a recorded
// port can be listened on again after a crash even while a load generator holds thousands of those.
const LOWEST = 20_000;
const HIGHEST = 32_000;

// Ports given out by this process: one that nobody listens on yet must not go to a second program.
const given = new Set<number>();

/** True when a listener could have the port on loopback now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A loopback port that is free now; `preferred` when that is free. */
export async function choosePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port)) continue;
    given.add(port);
    if (await isPortFree(port)) return port;
  }
  throw new EnvironmentError('NO_FREE_PORT', `no free loopback port found between ${LOWEST} and ${HIGHEST}`);
}

/** True when somebody listens on the loopback port. */
export function isPortOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

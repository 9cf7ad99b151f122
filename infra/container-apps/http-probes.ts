import type { AppSpec } from './container-apps.ts';

const STARTUP_SECONDS = 30;
const STARTUP_TRIES = 10;

/** The three probes of a container that answers HTTP GET, as ARM takes them. */
export function httpProbes({ port, path, startupSeconds = STARTUP_SECONDS }: NonNullable<AppSpec['probe']>) {
  const httpGet = { port, path };
  return [
    {
      type: 'Startup',
      httpGet,
      periodSeconds: Math.max(1, Math.ceil(startupSeconds / STARTUP_TRIES)),
      failureThreshold: Math.min(STARTUP_TRIES, startupSeconds),
      timeoutSeconds: 2,
    },
    { type: 'Liveness', httpGet, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 2 },
    { type: 'Readiness', httpGet, periodSeconds: 5, failureThreshold: 3, timeoutSeconds: 2 },
  ];
}

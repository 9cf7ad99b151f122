import { choosePort } from '../../infra/local/choose-port.ts';
import { containerProcess } from '../../infra/local/container-process.ts';
import { environmentPaths } from '../../infra/local/environment-paths.ts';
import { inspectRun, startRun, stopRun } from '../../infra/local/process/process-run.ts';
import { shadowRun } from '../../infra/local/shadow-server.ts';
import type { PlatformAddress } from '../../infra/platform.ts';
import { secretReference } from '../../infra/secret-reference.ts';
import { inOrder, resolveAddresses } from '../candidate/app-spec.ts';
import { poll } from '../kernel/deadline.ts';
import type { Release } from '../kernel/release.ts';
import type { Shadow } from './shadow/shadow.ts';

/** A database that services can run against: URLs of its roles, and where their runs may be. */
type Beside = Pick<Shadow, 'app' | 'migrator' | 'directory'>;

const graceMs = 5_000;
const pollMs = 100;

/** Services of a release that run against the shadow. */
export interface ShadowServices {
  /** Service → address. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Why the suite cannot be asked; absent when every service answered its health probe. */
  readonly missing?: string;
  stop(): Promise<void>;
}

/**
 * Starts the services of a release that have ingress, from the platform's image store, with the shadow for their
 * database. Workers stay out: they would take work that is none.
 */
export async function startServices(
  platform: PlatformAddress,
  release: Release,
  shadow: Beside,
  label: string,
  healthSeconds: number,
  signal: AbortSignal,
): Promise<ShadowServices> {
  const paths = environmentPaths(platform.directory ?? '');
  const addresses: Record<string, string> = {};
  const runs: string[] = [];
  const stop = async () => {
    await Promise.all(runs.map((run) => stopRun(run, graceMs)));
  };
  try {
    for (const name of inOrder(release.services)) {
      const service = release.services[name];
      if (service === undefined || service.ingress === 'none') continue;
      const port = await choosePort();
      const env = [
        ...Object.entries(service.env).map(([key, value]) => ({
          name: key,
          value: resolveAddresses(value, addresses),
        })),
        ...Object.entries(service.secretEnv).map(([key, secret]) => databaseUrl(key, secret, shadow)),
      ];
      const container = { name, image: service.image, command: [...service.command], env };
      const secrets = Object.values(service.secretEnv)
        .filter((secret) => !secret.startsWith('database-url-'))
        .map((secret) => secretReference(platform, secret));
      const spec = await containerProcess(paths, container, secrets, { PORT: String(port) });
      const run = shadowRun(shadow.directory, `${label}-${name}`);
      runs.push(run);
      await startRun(run, spec);
      const address = `http://127.0.0.1:${port}`;
      const found = await untilHealthy(run, `${address}${service.health}`, healthSeconds, signal);
      if (found !== undefined) return { addresses, missing: `${name}: ${found}`, stop };
      addresses[name] = address;
    }
    return { addresses, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function databaseUrl(name: string, secret: string, shadow: Beside) {
  if (secret === 'database-url-app') return { name, value: shadow.app };
  if (secret === 'database-url-migrator') return { name, value: shadow.migrator };
  return { name, secretRef: secret };
}

/** Undefined once it answers its health probe; otherwise what was seen last. */
async function untilHealthy(
  run: string,
  url: string,
  seconds: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const bound = performance.now() + seconds * 1000;
  let last = 'no answer';
  return poll(signal, pollMs, async () => {
    const state = await inspectRun(run);
    if (state.kind !== 'running')
      return { found: state.kind === 'exited' ? `ended with exit code ${state.code}` : 'ended' };
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch((error: Error) => {
      last = error.message;
      return undefined;
    });
    if (answer?.ok) return { found: undefined };
    if (answer !== undefined) last = `status ${answer.status}`;
    return performance.now() > bound ? { found: `not healthy after ${seconds} s (${last})` } : undefined;
  }).then(({ found }) => found);
}

import { randomBytes } from 'node:crypto';
import type { SecretSpec } from '../../infra/container-apps/container-apps.ts';
import { choosePort } from '../../infra/local/choose-port.ts';
import { processIn } from '../../infra/local/container-process.ts';
import { environmentPaths } from '../../infra/local/environment-paths.ts';
import { inspectRun, startRun, stopRun } from '../../infra/local/process/process-run.ts';
import { shadowRun } from '../../infra/local/shadow-server.ts';
import type { PlatformAddress } from '../../infra/platform.ts';
import { secretReference } from '../../infra/secret-reference.ts';
import { inOrder } from '../candidate/app-spec.ts';
import { resolveAddresses } from '../candidate/container-env.ts';
import { poll } from '../kernel/deadline.ts';
import { keepSecret } from '../kernel/redact.ts';
import type { Release } from '../kernel/release.ts';
import type { World } from '../kernel/world.ts';
import type { RehearseSettings } from './facts.ts';
import { imageFolder } from './image-folder.ts';
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

/** What services of a shadow run on. */
export interface ServicesPlan {
  readonly platform: PlatformAddress;
  readonly shadow: Beside;
  readonly settings: Pick<RehearseSettings, 'healthSeconds'>;
  readonly world: Pick<World, 'signal' | 'secret'>;
}

/**
 * Starts the services of a release that have ingress, in folders with what their images have, with the shadow for their
 * database. Workers stay out: they would take work that is none.
 */
export async function startServices(
  { platform, shadow, settings, world }: ServicesPlan,
  release: Release,
  label: string,
  images: RehearseSettings['images'],
): Promise<ShadowServices> {
  const paths = environmentPaths(platform.directory ?? '');
  const addresses: Record<string, string> = {};
  const secretOf = shadowSecrets(platform, world);
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
      const container = { name, command: [...service.command], env };
      const secrets = Object.values(service.secretEnv)
        .filter((secret) => !secret.startsWith('database-url-'))
        .map(secretOf);
      const folder = await imageFolder(platform, images, name, service.image);
      if (folder === undefined) return { addresses, missing: `${name}: its image is no folder on this machine`, stop };
      const spec = await processIn(folder, paths, container, secrets, { PORT: String(port) });
      const run = shadowRun(shadow.directory, `${label}-${name}`);
      runs.push(run);
      await startRun(run, spec);
      const address = `http://127.0.0.1:${port}`;
      const found = await untilHealthy(run, `${address}${service.health}`, settings.healthSeconds, world.signal);
      if (found !== undefined) return { addresses, missing: `${name}: ${found}`, stop };
      addresses[name] = address;
    }
    return { addresses, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The secrets of services that only the suite talks to. Where the platform's cannot be read, one is as the stack's
 * configuration has it, or made up: the same for every service of the rehearsal.
 */
function shadowSecrets(platform: PlatformAddress, world: Pick<World, 'secret'>): (name: string) => SecretSpec {
  if (platform.kind === 'local') return (name) => secretReference(platform, name);
  const madeUp = new Map<string, string>();
  return (name) => {
    const value = world.secret(name) ?? madeUp.get(name) ?? randomBytes(24).toString('base64url');
    madeUp.set(name, value);
    keepSecret(value);
    return { name, value };
  };
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

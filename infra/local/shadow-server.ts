import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EnvironmentPaths, environmentPaths } from './environment-paths.ts';
import { stopPostgres } from './postgres/postgres-server.ts';
import { stopRun } from './process/process-run.ts';
import { namesIfThere } from './write-atomic.ts';

const GRACE_MS = 5_000;

/** Where the throw-away PostgreSQL of an environment is while a rehearsal runs: an environment of its own inside of it. */
export function shadowPaths(environmentDirectory: string): EnvironmentPaths {
  return environmentPaths(join(environmentDirectory, 'shadow'));
}

/** Where services that run against a shadow have their runs, below the shadow's directory. */
export function shadowRun(shadowDirectory: string, name: string): string {
  return join(shadowDirectory, 'services', name);
}

/** Ends services that run against a shadow. */
export async function stopShadowServices(shadowDirectory: string): Promise<void> {
  const left = await namesIfThere(join(shadowDirectory, 'services'));
  await Promise.all(left.map((name) => stopRun(shadowRun(shadowDirectory, name), GRACE_MS)));
}

/** Removes the shadow with all that runs in it; what a killed rehearsal left is found by what is on disk. */
export async function removeShadow(environmentDirectory: string): Promise<void> {
  const paths = shadowPaths(environmentDirectory);
  await stopShadowServices(paths.directory);
  await stopPostgres(paths, GRACE_MS);
  for (const folder of [paths.postgres, paths.directory]) {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

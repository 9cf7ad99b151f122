import { join, relative, resolve } from 'node:path';
import { postgresHome } from './postgres/postgres-home.ts';

/** The project's root: an environment's directory is recorded relative to it, so that the record holds on every machine. */
export const projectRoot = resolve(import.meta.dirname, '../..');

/** Where each thing of a local environment is kept. */
export interface EnvironmentPaths {
  readonly directory: string;
  readonly environment: string;
  /** There while the application has another database than the environment's own. */
  readonly pointer: string;
  readonly token: string;
  readonly locks: string;
  readonly daemonLog: string;
  readonly secrets: string;
  readonly apps: string;
  readonly jobs: string;
  readonly operations: string;
  readonly replicas: string;
  readonly executions: string;
  readonly images: string;
  readonly postgres: string;
}

/** The paths of the environment in `directory` (absolute, or relative to the project's root). */
export function environmentPaths(directory: string): EnvironmentPaths {
  const root = resolve(projectRoot, directory);
  return {
    directory: root,
    environment: join(root, 'environment.json'),
    pointer: join(root, 'pointer.json'),
    token: join(root, 'token'),
    locks: join(root, 'locks'),
    daemonLog: join(root, 'daemon.log'),
    secrets: join(root, 'secrets'),
    apps: join(root, 'apps'),
    jobs: join(root, 'jobs'),
    operations: join(root, 'operations'),
    replicas: join(root, 'replicas'),
    executions: join(root, 'executions'),
    images: join(root, 'images', 'sha256'),
    postgres: postgresHome(root),
  };
}

/** How the directory is named in a platform's address. */
export function directoryName(paths: EnvironmentPaths): string {
  return relative(projectRoot, paths.directory) || '.';
}

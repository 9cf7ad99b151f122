import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { ArmFailure, invalid } from './arm/arm-failure.ts';
import type { Container, Secret } from './arm/container-schema.ts';
import type { EnvironmentPaths } from './environment-paths.ts';
import { imageDirectory } from './images.ts';
import type { RunSpec } from './process/process-run.ts';
import { readSecret, secretOfReference } from './secrets.ts';

/** Where containers run: the environment's directories, and what stands for the cloud around it where something does. */
export interface ContainerHost extends EnvironmentPaths {
  readonly cloud?: {
    /** The value behind a `keyVaultUrl`; fails where it cannot be read with that identity. */
    secret(keyVaultUrl: string, identity: string | undefined): Promise<string>;
    /** The entry point of an image, by the folder that it is. */
    entryPoint(directory: string): Promise<readonly string[]>;
    /** What a container is given beside its own variables, such as where its identity gets tokens. */
    variables(env: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>>;
  };
}

/** The program a container stands for: image directory, argv and environment with its secrets filled in. */
export async function containerProcess(
  paths: ContainerHost,
  container: Container,
  secrets: readonly Secret[],
  platformVariables: Readonly<Record<string, string>>,
): Promise<RunSpec> {
  const cwd = await imageDirectory(paths.images, container.image);
  if (cwd === undefined) {
    throw invalid('template.containers.image', `the image ${container.image} is not in the environment's image store`);
  }
  return processIn(cwd, paths, container, secrets, platformVariables);
}

/** The same, in a folder that stands for the image. */
export async function processIn(
  cwd: string,
  paths: ContainerHost,
  container: Omit<Container, 'image'>,
  secrets: readonly Secret[],
  platformVariables: Readonly<Record<string, string>>,
): Promise<RunSpec> {
  const env: Record<string, string> = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: tmpdir(),
    LANG: 'C.UTF-8',
  };
  for (const variable of container.env ?? []) {
    env[variable.name] = 'value' in variable ? variable.value : await secretValue(paths, secrets, variable.secretRef);
  }
  Object.assign(env, await paths.cloud?.variables(env));
  const command = container.command?.length ? container.command : await paths.cloud?.entryPoint(cwd);
  if (command === undefined) {
    throw invalid('template.containers.command', 'a command is needed: local images have no entry point');
  }
  const [program = '', ...rest] = [...command, ...(container.args ?? [])];
  // The Node that runs the platform, not whatever another version the machine has under that name.
  return {
    cwd,
    env: { ...env, ...platformVariables },
    command: [program === 'node' ? process.execPath : program, ...rest],
  };
}

async function secretValue(paths: ContainerHost, secrets: readonly Secret[], name: string): Promise<string> {
  const secret = secrets.find((candidate) => candidate.name === name);
  if (!secret) throw invalid('template.containers.env.secretRef', `there is no secret named '${name}'`);
  if (secret.keyVaultUrl === undefined) {
    if (secret.value !== undefined) return secret.value;
    throw invalid(`configuration.secrets.${name}`, 'it has neither a value nor a keyVaultUrl');
  }
  if (paths.cloud) return paths.cloud.secret(secret.keyVaultUrl, secret.identity);
  const reference = secretOfReference(secret.keyVaultUrl);
  if (reference === undefined) {
    throw invalid(
      `configuration.secrets.${name}.keyVaultUrl`,
      'local://secrets/NAME is what the local platform can read',
    );
  }
  return readSecret(paths.directory, reference).catch((error: Error & { code?: string }) => {
    if (error.code !== 'SECRET_MISSING') throw error;
    throw new ArmFailure(400, 'SecretNotFound', `secret '${name}': ${error.message}`);
  });
}

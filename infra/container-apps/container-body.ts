import type { BaseContainer, EnvironmentVar, Secret } from '@azure/arm-appcontainers';
import type { ContainerSpec, EnvVar, SecretSpec } from './container-apps.ts';

/** A container as ARM takes it. */
export function containerBody(spec: ContainerSpec): BaseContainer {
  return {
    name: spec.name,
    image: spec.image,
    command: [...spec.command],
    env: spec.env.map((variable) => ({ ...variable })),
    resources: containerSize(spec.cpu),
  };
}

const usualCpu = 0.5;

/** A size that the Consumption profile takes: twice as many Gi as vCPUs. */
export function containerSize(cpu = usualCpu): { readonly cpu: number; readonly memory: string } {
  return { cpu, memory: `${cpu * 2}Gi` };
}

/** A container as ARM gives it back. */
export function containerSpec(body: BaseContainer | undefined): ContainerSpec {
  const cpu = body?.resources?.cpu;
  return {
    name: body?.name ?? '',
    image: body?.image ?? '',
    command: [...(body?.command ?? []), ...(body?.args ?? [])],
    env: (body?.env ?? []).flatMap(envVar),
    ...(cpu !== undefined && cpu !== usualCpu && { cpu }),
  };
}

/** Secrets as ARM takes them. */
export function secretBodies(secrets: readonly SecretSpec[]): Secret[] {
  return secrets.map((secret) => ({ ...secret }));
}

/** Secrets as ARM gives them back: a value is never among it, so a secret by value comes back with an empty one. */
export function secretSpecs(secrets: readonly Secret[] | undefined): SecretSpec[] {
  return (secrets ?? []).map(({ name = '', keyVaultUrl, value = '' }) =>
    keyVaultUrl === undefined ? { name, value } : { name, keyVaultUrl },
  );
}

function envVar({ name, value, secretRef }: EnvironmentVar): EnvVar[] {
  if (name === undefined) return [];
  return secretRef ? [{ name, secretRef }] : [{ name, value: value ?? '' }];
}

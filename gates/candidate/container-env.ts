import type { EnvVar } from '../../infra/container-apps/container-apps.ts';
import type { Service } from '../kernel/release.ts';

/** The environment of a service's container, with the addresses of the services that it names; on standby or not. */
export function containerEnv(
  service: Service,
  addresses: Readonly<Record<string, string>>,
  standby: boolean,
): readonly EnvVar[] {
  const plain = { ...service.env, ...(standby ? service.standbyEnv : {}), PORT: String(service.port) };
  return [
    ...Object.entries(plain).map(([name, value]) => ({ name, value: resolveAddresses(value, addresses) })),
    ...Object.entries(service.secretEnv).map(([name, secretRef]) => ({ name, secretRef })),
  ];
}

/**
 * What a container with a user-assigned identity is told beside the release: which one it is. Without it the platform's
 * token endpoint looks for an identity of the app's own, which a declared app does not have.
 */
export const identityVariable = 'AZURE_CLIENT_ID';

const reference = /\$\{services\.([a-z0-9-]+)\.address\}/g;

/** The services whose address a value asks for. */
export function referencesIn(value: string): readonly string[] {
  return [...value.matchAll(reference)].map((match) => match[1] ?? '');
}

/** A value with the addresses of the services that it names. */
export function resolveAddresses(value: string, addresses: Readonly<Record<string, string>>): string {
  return value.replace(reference, (whole, name: string) => addresses[name] ?? whole);
}

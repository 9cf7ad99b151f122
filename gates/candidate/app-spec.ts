import type { AppSpec, EnvVar, TrafficWeight } from '../../infra/container-apps/container-apps.ts';
import type { PlatformAddress } from '../../infra/platform.ts';
import { secretReference } from '../../infra/secret-reference.ts';
import type { Service } from '../kernel/release.ts';

/** What differs between the revisions of a service: its suffix, where its peers answer, what traffic stays, standby or not. */
export interface RevisionOf {
  readonly platform: PlatformAddress;
  readonly name: string;
  readonly service: Service;
  readonly suffix: string;
  /** Service → address, for `${services.<name>.address}` in the environment. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly traffic: readonly TrafficWeight[];
  readonly standby: boolean;
}

/** The app with a new revision in it. */
export function appSpec({ platform, name, service, suffix, addresses, traffic, standby }: RevisionOf): AppSpec {
  const plain = { ...service.env, ...(standby ? service.standbyEnv : {}), PORT: String(service.port) };
  const env: EnvVar[] = [
    ...Object.entries(plain).map(([key, value]) => ({ name: key, value: resolveAddresses(value, addresses) })),
    ...Object.entries(service.secretEnv).map(([key, secret]) => ({ name: key, secretRef: secret })),
  ];
  return {
    container: { name, image: service.image, command: service.command, env },
    revisionSuffix: suffix,
    replicas: service.replicas,
    probe: { port: service.port, path: service.health },
    ...(service.ingress !== 'none' && {
      ingress: { external: service.ingress === 'external', targetPort: service.port, traffic },
    }),
    secrets: [...new Set(Object.values(service.secretEnv))].map((secret) => secretReference(platform, secret)),
  };
}

const reference = /\$\{services\.([a-z0-9-]+)\.address\}/g;

/** The services whose address a service's environment asks for. */
export function referencesOf(service: Service): readonly string[] {
  return Object.values({ ...service.env, ...service.standbyEnv }).flatMap((value) =>
    [...value.matchAll(reference)].map((match) => match[1] ?? ''),
  );
}

/** Services in an order in which every one comes after those it refers to. @throws Error naming a circle. */
export function inOrder(services: Readonly<Record<string, Service>>): readonly string[] {
  const order: string[] = [];
  const visit = (name: string, path: readonly string[]) => {
    if (order.includes(name)) return;
    if (path.includes(name))
      throw new Error(`services refer to each other in a circle: ${[...path, name].join(' → ')}`);
    const service = services[name];
    if (service === undefined)
      throw new Error(`${path.at(-1)} refers to service ${name}, which the release does not have`);
    for (const other of referencesOf(service)) visit(other, [...path, name]);
    order.push(name);
  };
  for (const name of Object.keys(services)) visit(name, []);
  return order;
}

/** A value with the addresses of the services that it names. */
export function resolveAddresses(value: string, addresses: Readonly<Record<string, string>>): string {
  return value.replace(reference, (whole, name: string) => addresses[name] ?? whole);
}

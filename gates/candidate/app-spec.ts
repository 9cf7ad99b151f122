import type { AppSpec, TrafficWeight } from '../../infra/container-apps/container-apps.ts';
import type { PlatformAddress } from '../../infra/platform.ts';
import { secretReference } from '../../infra/secret-reference.ts';
import type { Service } from '../kernel/release.ts';
import { containerEnv, referencesIn } from './container-env.ts';

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
  const env = containerEnv(service, addresses, standby);
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

/** The services whose address a service's environment asks for. */
export function referencesOf(service: Service): readonly string[] {
  return [...Object.values(service.env), ...Object.values(service.standbyEnv)].flatMap(referencesIn);
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

import { ContainerApp } from '@pulumi/azure-native/app/containerApp.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Service } from '../../gates/kernel/release.ts';
import { containerSize } from '../container-apps/container-body.ts';
import { httpProbes } from '../container-apps/http-probes.ts';
import type { AppTemplate } from './app-template.ts';
import { workloadProfile } from './environment.ts';
import type { Place } from './place.ts';
import type { Runtime } from './runtime.ts';
import { scaleOf } from './scale.ts';

/** A secret of an app: in the vault, with its version, or a value that is none and that the estate knows. */
export type AppSecret = { readonly url: pulumi.Input<string> } | { readonly value: pulumi.Input<string> };

/** A service of the release: what the gates cleared of it, and what the estate has for it. */
export interface ServiceAppArgs {
  readonly serviceName: string;
  readonly service: Service;
  readonly template: pulumi.Output<AppTemplate>;
  readonly secrets: Readonly<Record<string, AppSecret>>;
}

/** A service as a container app, its candidate revision beside the one that serves. A worker has no ingress. */
export function serviceApp(
  name: string,
  { resourceGroup, platform }: Place,
  { environmentId, registry, identity }: Runtime,
  { serviceName, service, template, secrets }: ServiceAppArgs,
  opts: pulumi.CustomResourceOptions,
): ContainerApp {
  const { port, health, ingress } = service;
  return new ContainerApp(
    name,
    {
      resourceGroupName: resourceGroup,
      containerAppName: serviceName,
      location: platform.location,
      environmentId,
      workloadProfileName: workloadProfile,
      identity: { type: 'UserAssigned', userAssignedIdentities: [identity] },
      configuration: {
        activeRevisionsMode: 'Multiple',
        registries: [{ server: registry, identity }],
        secrets: Object.entries(secrets).map(([key, secret]) =>
          'url' in secret ? { name: key, keyVaultUrl: secret.url, identity } : { name: key, value: secret.value },
        ),
        ...(ingress !== 'none' && {
          ingress: {
            external: ingress === 'external',
            targetPort: port,
            transport: 'auto',
            allowInsecure: false,
            traffic: template.apply(trafficOf),
          },
        }),
      },
      template: {
        revisionSuffix: template.apply((cleared) => cleared.revisionSuffix),
        containers: [
          {
            name: serviceName,
            image: template.apply((cleared) => cleared.image),
            command: template.apply((cleared) => [...cleared.command]),
            env: template.apply((cleared) => cleared.env.map((variable) => ({ ...variable }))),
            probes: httpProbes({ port, path: health }),
            resources: containerSize(service.cpu),
          },
        ],
        scale: scaleOf(service),
      },
    },
    opts,
  );
}

function trafficOf({ traffic, revision }: AppTemplate) {
  if (traffic === undefined) throw new TypeError(`no traffic was cleared for ${revision}, which has ingress`);
  return traffic.map((entry) => ({ ...entry }));
}

import type { TrafficWeight as ArmTraffic, ContainerApp } from '@azure/arm-appcontainers';
import { ArmError } from './arm-error.ts';
import { callArm, callArmIfThere, callUntil, retryConflict } from './call-arm.ts';
import type { AppSpec, AppState, ContainerApps, TrafficWeight } from './container-apps.ts';
import type { ContainerAppsContext } from './container-apps-client.ts';
import { containerBody, containerSpec, secretBodies } from './container-body.ts';
import { httpAddress } from './http-address.ts';
import { httpProbes } from './http-probes.ts';

/** Container apps and their traffic. */
export function appOperations(
  context: ContainerAppsContext,
): Pick<ContainerApps, 'getApp' | 'putApp' | 'setTraffic' | 'reviseApp' | 'deleteApp' | 'getEnvironment'> {
  const { client, address } = context;
  const { resourceGroup } = address;
  const read = (name: string) =>
    callArmIfThere(`read app ${name}`, () => client.containerApps.get(resourceGroup, name));

  return {
    getApp: async (name) => {
      const app = await read(name);
      return app && appState(context, app);
    },
    putApp: async (name, spec) => {
      const location = await callArm(`read the environment's region`, context.location);
      const body = appBody(context, location, spec);
      const app = await retryConflict(context, () =>
        callUntil(context, `put app ${name}`, (options) =>
          client.containerApps.createOrUpdate(resourceGroup, name, body, options),
        ),
      );
      return appState(context, app);
    },
    setTraffic: (name, traffic) =>
      retryConflict(context, async () => {
        const before = await read(name);
        if (!before) throw new ArmError(`set traffic of ${name}: there is no such app`, notThere);
        const ingress = before.configuration?.ingress;
        if (!ingress) throw new ArmError(`set traffic of ${name}: the app has no ingress`, noIngress);
        const patch: ContainerApp = {
          location: before.location,
          configuration: {
            ingress: { targetPort: ingress.targetPort, traffic: withLabels(traffic, ingress.traffic ?? []) },
          },
        };
        await callUntil(context, `set traffic of ${name}`, (options) =>
          client.containerApps.update(resourceGroup, name, patch, options),
        );
        const after = await read(name);
        if (!after) throw new ArmError(`set traffic of ${name}: the app is gone`, notThere);
        return appState(context, after);
      }),
    reviseApp: (name, { from, revisionSuffix, env }) =>
      retryConflict(context, async () => {
        const before = await read(name);
        if (!before) throw new ArmError(`revise ${name}: there is no such app`, notThere);
        const newest = before.latestRevisionName;
        if (newest === `${name}--${revisionSuffix}`) return;
        const [container, ...others] = before.template?.containers ?? [];
        if (newest !== from || !container) {
          throw new ArmError(`revise ${name}: its newest revision is ${newest ?? 'none'}, not ${from}`, movedOn);
        }
        const revised = { ...container, env: [...env(containerSpec(container).env)] };
        const template = { ...before.template, revisionSuffix, containers: [revised, ...others] };
        await callUntil(context, `revise ${name}`, (options) =>
          client.containerApps.update(resourceGroup, name, { location: before.location, template }, options),
        );
      }),
    deleteApp: async (name) => {
      await retryConflict(context, () =>
        callUntil(context, `delete app ${name}`, (options) =>
          client.containerApps.delete(resourceGroup, name, options),
        ),
      );
    },
    getEnvironment: async () => {
      const name = address.environmentId.split('/').at(-1) ?? '';
      const found = await callArmIfThere(`read environment ${name}`, () =>
        client.managedEnvironments.get(resourceGroup, name),
      );
      return found && { provisioningState: found.provisioningState ?? 'not said' };
    },
  };
}

/** Replacing the array takes the labels of revisions that it does not name, and of those that it names without one. */
function withLabels(wanted: readonly TrafficWeight[], now: readonly ArmTraffic[]): ArmTraffic[] {
  const labelled = now.flatMap(({ revisionName, label }) => (revisionName && label ? [{ revisionName, label }] : []));
  const labelOf = (revision: string) => labelled.find((entry) => entry.revisionName === revision)?.label;
  const named = wanted.map((entry) => {
    const label = entry.label ?? labelOf(entry.revisionName);
    return { ...entry, ...(label !== undefined && { label }) };
  });
  const taken = named.map(({ label }) => label);
  const left = labelled.filter(({ revisionName, label }) => {
    return !taken.includes(label) && !wanted.some((entry) => entry.revisionName === revisionName);
  });
  return [...named, ...left.map((entry) => ({ ...entry, weight: 0 }))];
}

const movedOn = { code: 'APP_MOVED_ON', transient: false };
const notThere = { status: 404, code: 'ResourceNotFound', transient: false };
const noIngress = { code: 'NO_INGRESS', transient: false };

function appBody({ address }: ContainerAppsContext, location: string, spec: AppSpec): ContainerApp {
  return {
    location,
    environmentId: address.environmentId,
    configuration: {
      activeRevisionsMode: 'Multiple',
      secrets: secretBodies(spec.secrets),
      ...(spec.ingress && {
        ingress: {
          external: spec.ingress.external,
          targetPort: spec.ingress.targetPort,
          traffic: spec.ingress.traffic.map((entry) => ({ ...entry })),
        },
      }),
    },
    template: {
      revisionSuffix: spec.revisionSuffix,
      containers: [{ ...containerBody(spec.container), ...(spec.probe && { probes: httpProbes(spec.probe) }) }],
      scale: { minReplicas: spec.replicas, maxReplicas: spec.replicas },
    },
  };
}

function appState(context: ContainerAppsContext, app: ContainerApp): AppState {
  const ingress = app.configuration?.ingress;
  const address = httpAddress(context.address, ingress?.fqdn);
  return {
    name: app.name ?? '',
    ...(address !== undefined && { address }),
    revisionsMode: app.configuration?.activeRevisionsMode ?? 'Single',
    ...(ingress?.stickySessions?.affinity === 'sticky' && { sessionAffinity: true }),
    ...(app.latestRevisionName !== undefined && { latestRevisionName: app.latestRevisionName }),
    traffic: (ingress?.traffic ?? []).map(({ revisionName, weight = 0, latestRevision, label }) => {
      if (latestRevision || !revisionName) return { latestRevision: true, weight } as const;
      return { revisionName, weight, ...(label !== undefined && { label }) } satisfies TrafficWeight;
    }),
  };
}

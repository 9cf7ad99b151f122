import type { Replica as ReplicaBody, Revision as RevisionBody } from '@azure/arm-appcontainers';
import { callArm, callArmIfThere, retryConflict } from './call-arm.ts';
import type { ContainerApps, Replica, Revision } from './container-apps.ts';
import type { ContainerAppsContext } from './container-apps-client.ts';
import { containerSpec } from './container-body.ts';
import { httpAddress } from './http-address.ts';

/** Revisions and replicas of an app. */
export function revisionOperations(
  context: ContainerAppsContext,
): Pick<ContainerApps, 'listRevisions' | 'getRevision' | 'activateRevision' | 'deactivateRevision' | 'listReplicas'> {
  const { client, address } = context;
  const { resourceGroup } = address;
  const { containerAppsRevisions: revisions, containerAppsRevisionReplicas: replicas } = client;
  return {
    listRevisions: (app) =>
      callArm(`list revisions of ${app}`, async () => {
        const found: Revision[] = [];
        for await (const body of revisions.listRevisions(resourceGroup, app)) found.push(revision(context, body));
        return found;
      }),
    getRevision: async (app, name) => {
      const body = await callArmIfThere(`read revision ${name}`, () => revisions.getRevision(resourceGroup, app, name));
      return body && revision(context, body);
    },
    activateRevision: (app, name) =>
      retryConflict(context, () =>
        callArm(`activate ${name}`, () => revisions.activateRevision(resourceGroup, app, name)),
      ),
    deactivateRevision: (app, name) =>
      retryConflict(context, () =>
        callArm(`deactivate ${name}`, () => revisions.deactivateRevision(resourceGroup, app, name)),
      ),
    listReplicas: (app, name) =>
      callArm(`list replicas of ${name}`, async () => {
        const { value } = await replicas.listReplicas(resourceGroup, app, name);
        return value.map(replica);
      }),
  };
}

function revision(context: ContainerAppsContext, body: RevisionBody): Revision {
  const address = httpAddress(context.address, body.fqdn);
  return {
    name: body.name ?? '',
    ...(address !== undefined && { address }),
    active: body.active ?? false,
    ...(body.createdTime && { createdAt: body.createdTime.toISOString() }),
    image: body.template?.containers?.[0]?.image ?? '',
    container: containerSpec(body.template?.containers?.[0]),
    weight: body.trafficWeight ?? 0,
    replicas: body.replicas ?? 0,
    health: body.healthState ?? 'None',
    running: body.runningState ?? 'Unknown',
    ...(body.provisioningError && { provisioningError: body.provisioningError }),
  };
}

function replica(body: ReplicaBody): Replica {
  const containers = body.containers ?? [];
  const detail = body.runningStateDetails ?? containers[0]?.runningStateDetails;
  return {
    name: body.name ?? '',
    ready: containers.length > 0 && containers.every((container) => container.ready === true),
    restarts: containers.reduce((total, container) => total + (container.restartCount ?? 0), 0),
    ...(detail && { detail }),
  };
}

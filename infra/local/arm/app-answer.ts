import type { AppRecord, RevisionRecord } from '../apps/app-record.ts';
import { weightOf } from '../apps/apps.ts';
import type { Replica } from '../apps/replica.ts';
import { type ArmContext, resourceId } from './arm-context.ts';

/** A container app as ARM shows it; values of secrets are left out. */
export function appAnswer(context: ArmContext, app: AppRecord): Record<string, unknown> {
  const { configuration, ...properties } = app.body.properties;
  const newestFirst = app.revisions.toReversed();
  const ready = newestFirst.find((revision) => healthOf(context, app, revision) === 'Healthy');
  const latest = app.revisions.find((revision) => revision.name === app.latestRevisionName);
  return {
    id: resourceId(context, `containerApps/${app.name}`),
    name: app.name,
    type: 'Microsoft.App/containerApps',
    location: app.body.location,
    ...(app.body.tags && { tags: app.body.tags }),
    ...(app.body.identity && { identity: app.body.identity }),
    properties: {
      provisioningState: app.provisioningState,
      runningStatus: 'Running',
      ...properties,
      latestRevisionName: app.latestRevisionName,
      latestReadyRevisionName: ready?.name,
      latestRevisionFqdn: fqdn(latest?.port),
      configuration: {
        ...configuration,
        secrets: configuration.secrets?.map(({ value: _, ...shown }) => shown),
        ingress: configuration.ingress && { ...configuration.ingress, fqdn: fqdn(app.port) },
      },
    },
  };
}

/** A revision as ARM shows it. */
export function revisionAnswer(context: ArmContext, app: AppRecord, revision: RevisionRecord): Record<string, unknown> {
  const replicas = replicasOf(context, app, revision);
  return {
    id: resourceId(context, `containerApps/${app.name}/revisions/${revision.name}`),
    name: revision.name,
    type: 'Microsoft.App/containerApps/revisions',
    properties: {
      createdTime: revision.createdTime,
      fqdn: fqdn(revision.port),
      template: revision.template,
      active: revision.active,
      replicas: replicas.length,
      trafficWeight: weightOf(app, revision.name),
      healthState: healthOf(context, app, revision),
      provisioningState: provisioningOf(revision, replicas),
      runningState: runningOf(revision, replicas),
      ...(replicas.some((replica) => replica.unhealthy) && {
        provisioningError: replicas
          .filter((replica) => replica.unhealthy)
          .map((replica) => `${replica.name}: ${replica.detail}`)
          .join('; '),
      }),
    },
  };
}

/** A replica as ARM shows it. */
export function replicaAnswer(
  context: ArmContext,
  app: AppRecord,
  revision: RevisionRecord,
  replica: Replica,
): Record<string, unknown> {
  return {
    id: resourceId(context, `containerApps/${app.name}/revisions/${revision.name}/replicas/${replica.name}`),
    name: replica.name,
    type: 'Microsoft.App/containerApps/revisions/replicas',
    properties: {
      runningState: replica.ready ? 'Running' : 'NotRunning',
      runningStateDetails: replica.detail,
      containers: [
        {
          name: revision.template.containers[0]?.name,
          ready: replica.ready,
          started: replica.port !== 0,
          restartCount: replica.restarts,
          runningState: replica.ready ? 'Running' : 'Waiting',
          runningStateDetails: replica.detail,
        },
      ],
    },
  };
}

/** The replicas that run for a revision. */
export function replicasOf(context: ArmContext, app: AppRecord, revision: RevisionRecord): readonly Replica[] {
  return context.apps.runtime(app.name).replicas(revision.name);
}

function healthOf(context: ArmContext, app: AppRecord, revision: RevisionRecord): 'Healthy' | 'Unhealthy' | 'None' {
  const replicas = replicasOf(context, app, revision);
  if (!revision.active) return 'None';
  if (replicas.some((replica) => replica.unhealthy)) return 'Unhealthy';
  return replicas.length > 0 && replicas.every((replica) => replica.ready) ? 'Healthy' : 'None';
}

function provisioningOf(revision: RevisionRecord, replicas: readonly Replica[]): string {
  if (revision.active) return 'Provisioned';
  return replicas.length === 0 ? 'Deprovisioned' : 'Deprovisioning';
}

function runningOf(revision: RevisionRecord, replicas: readonly Replica[]): string {
  if (!revision.active) return replicas.length === 0 ? 'Stopped' : 'Processing';
  const ready = replicas.filter((replica) => replica.ready).length;
  if (ready > 0) return ready === replicas.length ? 'Running' : 'Degraded';
  return replicas.some((replica) => replica.unhealthy) ? 'Failed' : 'Processing';
}

function fqdn(port: number | undefined): string | undefined {
  return port === undefined ? undefined : `127.0.0.1:${port}`;
}

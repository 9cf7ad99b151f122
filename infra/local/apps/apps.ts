import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppBody } from '../arm/app-schema.ts';
import { ArmFailure, invalid, notFound } from '../arm/arm-failure.ts';
import { containerProcess } from '../container-process.ts';
import type { EnvironmentPaths } from '../environment-paths.ts';
import { stopRun } from '../process/process-run.ts';
import { type AppRecord, type RevisionRecord, readApps, removeApp, writeApp } from './app-record.ts';
import { checkApp, revisionNameOf } from './app-rules.ts';
import { type AppRuntime, runApp } from './app-runtime.ts';
import { replicaDirectories, runsOf } from './revision-runtime.ts';

const STRAY_GRACE_MS = 10_000;

/** The container apps of an environment: what is wanted, on disk, and what runs for it. */
export interface Apps {
  list(): AppRecord[];
  get(name: string): AppRecord;
  runtime(name: string): AppRuntime;
  /** Takes the wanted state; `settle` brings it about and is to be run as the operation. */
  put(name: string, body: AppBody): Promise<{ record: AppRecord; created: boolean; settle: () => Promise<void> }>;
  remove(name: string): Promise<() => Promise<void>>;
  setActive(name: string, revision: string, active: boolean): Promise<void>;
  restart(name: string, revision: string): Promise<void>;
  /** Starts every replica again: what they were given has changed. */
  restartAll(): Promise<void>;
}

/** Opens the apps on disk and starts, or takes over, what is active. `adopt` false starts every process again. */
export async function openApps(paths: EnvironmentPaths, environmentId: string, adopt: boolean): Promise<Apps> {
  const records = new Map<string, AppRecord>();
  const runtimes = new Map<string, AppRuntime>();
  const busy = new Set<string>();

  const save = async (record: AppRecord): Promise<void> => {
    await writeApp(paths.apps, record);
    records.set(record.name, record);
  };
  const get = (name: string): AppRecord => records.get(name) ?? raise(notFound('containerApps', name));
  const revisionOf = (app: string, name: string): RevisionRecord =>
    get(app).revisions.find((revision) => revision.name === name) ??
    raise(notFound(`containerApps/${app}/revisions`, name));

  const runtimeOf = (name: string, adoptReplicas: boolean): AppRuntime => {
    const existing = runtimes.get(name);
    if (existing) return existing;
    const runtime = runApp({ paths, app: () => get(name), adopt: adoptReplicas, save });
    runtimes.set(name, runtime);
    return runtime;
  };

  const begin = (name: string): void => {
    if (busy.has(name)) {
      throw new ArmFailure(
        409,
        'ContainerAppOperationInProgress',
        `Cannot modify a container app '${name}' because there is an operation in progress.`,
      );
    }
    busy.add(name);
  };
  const exclusively = async (name: string, work: () => Promise<void>): Promise<void> => {
    begin(name);
    try {
      await work();
    } finally {
      busy.delete(name);
    }
  };

  const settleApp = async (name: string): Promise<void> => {
    try {
      await runtimeOf(name, true).settle();
      await save({ ...get(name), provisioningState: 'Succeeded' });
    } catch (error) {
      await save({ ...get(name), provisioningState: 'Failed' });
      throw error;
    } finally {
      busy.delete(name);
    }
  };

  const takeDown = async (name: string): Promise<void> => {
    try {
      await runtimes.get(name)?.close();
      runtimes.delete(name);
      for (const revision of get(name).revisions) {
        await rm(join(paths.replicas, revision.name), { recursive: true, force: true });
      }
      await removeApp(paths.apps, name);
      records.delete(name);
    } finally {
      busy.delete(name);
    }
  };

  for (const record of await readApps(paths.apps)) records.set(record.name, record);
  await stopStrays(paths, records);
  await Promise.all(
    [...records.values()].map(async (record) => {
      if (record.provisioningState === 'Deleting') return takeDown(record.name);
      await runtimeOf(record.name, adopt).settle();
      if (record.provisioningState === 'InProgress')
        await save({ ...get(record.name), provisioningState: 'Succeeded' });
    }),
  );

  return {
    list: () => [...records.values()],
    get,
    runtime: (name) => runtimeOf(name, true),
    put: async (name, body) => {
      const before = records.get(name);
      begin(name);
      try {
        checkApp(name, body, before, environmentId);
        await checkProcess(paths, body);
        const record = nextRecord(name, body, before);
        await save(record);
        return { record, created: before === undefined, settle: () => settleApp(name) };
      } catch (error) {
        busy.delete(name);
        throw error;
      }
    },
    remove: async (name) => {
      get(name);
      begin(name);
      await save({ ...get(name), provisioningState: 'Deleting' });
      return () => takeDown(name);
    },
    setActive: (name, revision, active) =>
      exclusively(name, async () => {
        revisionOf(name, revision);
        if (!active && weightOf(get(name), revision) > 0) {
          throw invalid('revision', `'${revision}' has traffic; move it to another revision before it is deactivated`);
        }
        const revisions = get(name).revisions.map((known) => (known.name === revision ? { ...known, active } : known));
        await save({ ...get(name), revisions });
        await runtimeOf(name, true).settle();
      }),
    restart: async (name, revision) => {
      revisionOf(name, revision);
      await runtimeOf(name, true).restart(revision);
    },
    restartAll: async () => {
      const active = [...records.values()].flatMap((app) => app.revisions.map((revision) => ({ app, revision })));
      await Promise.all(active.map(({ app, revision }) => runtimes.get(app.name)?.restart(revision.name)));
    },
  };
}

/** The share of the app's traffic that a revision has. */
export function weightOf(app: AppRecord, revision: string): number {
  return (app.body.properties.configuration.ingress?.traffic ?? [])
    .filter((entry) => (entry.latestRevision ? app.latestRevisionName : entry.revisionName) === revision)
    .reduce((total, entry) => total + entry.weight, 0);
}

function nextRecord(name: string, body: AppBody, before: AppRecord | undefined): AppRecord {
  const latestRevisionName = revisionNameOf(name, body);
  const revisions = before?.revisions ?? [];
  const isKnown = revisions.some((revision) => revision.name === latestRevisionName);
  const made: RevisionRecord = {
    name: latestRevisionName,
    createdTime: new Date().toISOString(),
    template: body.properties.template,
    active: true,
  };
  return {
    name,
    body,
    provisioningState: 'InProgress',
    latestRevisionName,
    port: before?.port,
    revisions: isKnown ? revisions : [...revisions, made],
  };
}

/** Everything that would keep the container from being started is said at once, not after the operation. */
async function checkProcess(paths: EnvironmentPaths, body: AppBody): Promise<void> {
  const [container] = body.properties.template.containers;
  if (container) await containerProcess(paths, container, body.properties.configuration.secrets ?? [], {});
}

/** Processes of revisions that are not wanted any more: the daemon died before it had stopped them. */
async function stopStrays(paths: EnvironmentPaths, records: ReadonlyMap<string, AppRecord>): Promise<void> {
  const active = new Set(
    [...records.values()].flatMap((app) => app.revisions.filter((one) => one.active).map((one) => one.name)),
  );
  const strays = (await replicaDirectories(paths)).filter(({ revision }) => !active.has(revision));
  await Promise.all(
    strays.map(async ({ directory }) => {
      for (const run of await runsOf(directory)) await stopRun(run, STRAY_GRACE_MS);
    }),
  );
}

function raise(error: Error): never {
  throw error;
}

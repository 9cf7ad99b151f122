import { randomInt } from 'node:crypto';
import type { EnvironmentPaths } from '../environment-paths.ts';
import type { AppRecord } from './app-record.ts';
import { type Choose, type Ingress, openIngress, type Upstream } from './ingress.ts';
import type { Replica } from './replica.ts';
import { type RevisionRuntime, runRevision } from './revision-runtime.ts';

/** The running side of an app: its active revisions and the addresses in front of them. */
export interface AppRuntime {
  /** The replicas of a revision, also while they finish their last requests. */
  replicas(revision: string): readonly Replica[];
  /** Brings what runs to what is wanted; revisions that are not wanted finish their requests in the background. */
  settle(): Promise<void>;
  restart(revision: string): Promise<void>;
  /** Stops everything of the app. */
  close(): Promise<void>;
}

/** What an app's running side needs: `app` gives the record as it is now, `save` keeps the ports chosen. */
export interface AppRuntimeContext {
  readonly paths: EnvironmentPaths;
  readonly adopt: boolean;
  app(): AppRecord;
  save(record: AppRecord): Promise<void>;
}

const PUBLIC = '';

/** The running side of an app; nothing runs before `settle`. */
export function runApp(context: AppRuntimeContext): AppRuntime {
  const revisions = new Map<string, RevisionRuntime>();
  const ingresses = new Map<string, Ingress>();
  const leaving = new Map<string, { runtime: RevisionRuntime; left: Promise<void> }>();

  const openAddresses = async (): Promise<void> => {
    const app = context.app();
    if (!app.body.properties.configuration.ingress) return;
    if (!ingresses.has(PUBLIC)) {
      const ingress = await openIngress(app.port, app.name, (tried) => choosePublic(context.app(), revisions, tried));
      ingresses.set(PUBLIC, ingress);
    }
    for (const { name, port } of app.revisions) {
      if (ingresses.has(name)) continue;
      const choose: Choose = (tried) => upstreamOf(name, revisions.get(name)?.next(tried));
      ingresses.set(name, await openIngress(port, name, choose));
    }
    const port = ingresses.get(PUBLIC)?.port;
    const withPorts = app.revisions.map((revision) => ({ ...revision, port: ingresses.get(revision.name)?.port }));
    if (port !== app.port || withPorts.some((revision, index) => revision.port !== app.revisions[index]?.port)) {
      await context.save({ ...context.app(), port, revisions: withPorts });
    }
  };

  const leave = (name: string, runtime: RevisionRuntime): void => {
    revisions.delete(name);
    const left = runtime.stop().finally(() => leaving.delete(name));
    leaving.set(name, { runtime, left });
    left.catch((error: Error) => console.error(`${name} could not be stopped: ${error.message}`));
  };

  return {
    replicas: (name) => (revisions.get(name) ?? leaving.get(name)?.runtime)?.replicas ?? [],
    settle: async () => {
      await openAddresses();
      for (const revision of context.app().revisions) {
        const running = revisions.get(revision.name);
        if (running && !revision.active) leave(revision.name, running);
        if (running || !revision.active) continue;
        await leaving.get(revision.name)?.left;
        revisions.set(revision.name, runRevision(context.paths, revision, context.app, context.adopt));
      }
    },
    restart: async (name) => {
      await Promise.all((revisions.get(name)?.replicas ?? []).map((replica) => replica.restart()));
    },
    close: async () => {
      for (const [name, runtime] of revisions) leave(name, runtime);
      await Promise.all([...leaving.values()].map(({ left }) => left));
      await Promise.all([...ingresses.values()].map((ingress) => ingress.close()));
    },
  };
}

/** One draw by weight over the revisions that have a ready replica. */
function choosePublic(
  app: AppRecord,
  revisions: ReadonlyMap<string, RevisionRuntime>,
  tried: readonly Replica[],
): Upstream | undefined {
  const traffic = app.body.properties.configuration.ingress?.traffic ?? [];
  const candidates = traffic.flatMap(({ weight, latestRevision, revisionName }) => {
    const name = latestRevision ? app.latestRevisionName : revisionName;
    const runtime = name === undefined ? undefined : revisions.get(name);
    const isReady = runtime?.replicas.some((replica) => replica.ready && !tried.includes(replica));
    return name !== undefined && runtime && isReady && weight > 0 ? [{ name, runtime, weight }] : [];
  });
  const total = candidates.reduce((sum, candidate) => sum + candidate.weight, 0);
  if (total === 0) return undefined;
  let drawn = randomInt(total);
  for (const { name, runtime, weight } of candidates) {
    if (drawn < weight) return upstreamOf(name, runtime.next(tried));
    drawn -= weight;
  }
  return undefined;
}

function upstreamOf(revision: string, replica: Replica | undefined): Upstream | undefined {
  return replica && { revision, replica };
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { containerProcess } from '../container-process.ts';
import type { EnvironmentPaths } from '../environment-paths.ts';
import { namesIfThere } from '../write-atomic.ts';
import type { AppRecord, RevisionRecord } from './app-record.ts';
import { probePlan } from './probe.ts';
import { type Replica, superviseReplica } from './replica.ts';

/** The running side of an active revision. */
export interface RevisionRuntime {
  readonly replicas: readonly Replica[];
  /** The next ready replica in turn, passing over those in `tried`. */
  next(tried: readonly Replica[]): Replica | undefined;
  stop(): Promise<void>;
}

/** Starts or takes over the replicas of an active revision. `app` gives the app as it is at each start of a replica. */
export function runRevision(
  paths: EnvironmentPaths,
  revision: RevisionRecord,
  app: () => AppRecord,
  adopt: boolean,
): RevisionRuntime {
  const count = revision.template.scale.minReplicas;
  const replicas = Array.from({ length: count }, (_, index) => {
    const name = `${revision.name}-${index}`;
    return superviseReplica({
      name,
      directory: join(paths.replicas, revision.name, String(index)),
      probe: probePlan(revision.template, app().body.properties.configuration.ingress !== undefined),
      adopt,
      spec: (port) => replicaProcess(paths, revision, app(), name, port),
    });
  });
  let turn = 0;
  return {
    replicas,
    next: (tried) => {
      const ready = replicas.filter((replica) => replica.ready && !tried.includes(replica));
      turn += 1;
      return ready[turn % Math.max(ready.length, 1)];
    },
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
    },
  };
}

function replicaProcess(
  paths: EnvironmentPaths,
  revision: RevisionRecord,
  app: AppRecord,
  replicaName: string,
  port: number,
) {
  const [container] = revision.template.containers;
  if (!container) throw new Error(`${revision.name} has no container`);
  return containerProcess(paths, container, app.body.properties.configuration.secrets ?? [], {
    PORT: String(port),
    CONTAINER_APP_NAME: app.name,
    CONTAINER_APP_REVISION: revision.name,
    CONTAINER_APP_REPLICA_NAME: replicaName,
    CONTAINER_APP_PORT: String(port),
  });
}

/** Every replica's directory on disk, with the revision's name: also those of revisions that should not run any more. */
export async function replicaDirectories(paths: EnvironmentPaths): Promise<{ revision: string; directory: string }[]> {
  const found: { revision: string; directory: string }[] = [];
  for (const revision of await namesIfThere(paths.replicas)) {
    for (const index of await readdir(join(paths.replicas, revision))) {
      found.push({ revision, directory: join(paths.replicas, revision, index) });
    }
  }
  return found;
}

/** The directories of a replica's starts: one of them runs at most, and nothing is lost by asking all. */
export async function runsOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => /^\d+$/.test(name));
  return names.map((name) => join(directory, name));
}

import { replicaDirectories, runsOf } from './apps/revision-runtime.ts';
import type { EnvironmentPaths } from './environment-paths.ts';
import { readExecutions, replicaRuns } from './jobs/job-record.ts';
import { stopPostgres } from './postgres/postgres-server.ts';
import { removeThrowAways } from './postgres/throw-away-server.ts';
import { inspectRun, stopRun } from './process/process-run.ts';
import { removeShadow } from './shadow-server.ts';

const GRACE_MS = 10_000;

/** Stops every process of the environment, found by what is on disk; PostgreSQL last. Only its lock's holder may. */
export async function stopEverything(paths: EnvironmentPaths): Promise<void> {
  const replicas = await Promise.all((await replicaDirectories(paths)).map(({ directory }) => runsOf(directory)));
  const executions = (await readExecutions(paths.executions)).flatMap((one) => replicaRuns(paths.executions, one));
  await Promise.all(
    [...replicas.flat(), ...executions].map(async (run) => {
      if ((await inspectRun(run)).kind === 'running') await stopRun(run, GRACE_MS);
    }),
  );
  await removeThrowAways(paths);
  await removeShadow(paths.directory);
  await stopPostgres(paths, GRACE_MS);
}

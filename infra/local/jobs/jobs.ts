import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ArmFailure, invalid, notFound } from '../arm/arm-failure.ts';
import type { JobBody, JobTemplate } from '../arm/job-schema.ts';
import { containerProcess } from '../container-process.ts';
import type { EnvironmentPaths } from '../environment-paths.ts';
import { startRun } from '../process/process-run.ts';
import { followExecution } from './follow-execution.ts';
import {
  type ExecutionRecord,
  type JobRecord,
  readExecutions,
  readJobs,
  removeJob,
  replicaRun,
  replicaRuns,
  writeExecution,
  writeJob,
} from './job-record.ts';

const JOB_NAME = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;

/** The jobs of an environment and their executions. */
export interface Jobs {
  list(): JobRecord[];
  get(name: string): JobRecord;
  put(name: string, body: JobBody): Promise<{ record: JobRecord; created: boolean }>;
  remove(name: string): Promise<void>;
  /** Starts an execution; `template` replaces the job's own. */
  start(name: string, template: JobTemplate | undefined): Promise<ExecutionRecord>;
  executions(job: string): ExecutionRecord[];
  execution(job: string, name: string): ExecutionRecord;
  stop(job: string, name: string): Promise<void>;
}

/** Opens the jobs on disk and goes on following executions that a daemon before this one started. */
export async function openJobs(paths: EnvironmentPaths, environmentId: string): Promise<Jobs> {
  const jobs = new Map((await readJobs(paths.jobs)).map((job) => [job.name, job]));
  const executions = new Map((await readExecutions(paths.executions)).map((execution) => [execution.name, execution]));

  // One after the other, and seen at once by whoever reads next: a stop must not be lost under an end that came with it.
  let writing: Promise<void> = Promise.resolve();
  const save = (record: ExecutionRecord): Promise<void> => {
    executions.set(record.name, record);
    const written = writing.then(() => writeExecution(paths.executions, record));
    writing = written.catch(() => undefined);
    return written;
  };
  const get = (name: string): JobRecord => jobs.get(name) ?? raise(notFound('jobs', name));
  const execution = (job: string, name: string): ExecutionRecord => {
    const found = executions.get(name);
    return found?.job === get(job).name ? found : raise(notFound(`jobs/${job}/executions`, name));
  };
  const latestOf = (name: string) => executions.get(name) ?? raise(notFound('executions', name));
  const addReplica = async (name: string): Promise<void> => {
    const record = latestOf(name);
    const index = record.replicas.length;
    await save({ ...record, replicas: [...record.replicas, {}] });
    await startRun(
      replicaRun(paths.executions, record, index),
      await checkTemplate(paths, get(record.job).body, record.template, name),
    );
  };
  const follow = (name: string): void => {
    const latest = () => latestOf(name);
    const startReplica = () =>
      addReplica(name).catch((error: Error) => console.error(`a replica of ${name} is not started: ${error.message}`));
    followExecution(paths, { latest, save, startReplica }).catch((error: Error) =>
      console.error(`${name} is not followed any more: ${error.message}`),
    );
  };

  for (const record of executions.values()) if (!hasEnded(record)) follow(record.name);

  return {
    list: () => [...jobs.values()],
    get,
    put: async (name, body) => {
      if (!JOB_NAME.test(name)) throw invalid('jobName', `'${name}'`);
      if (body.properties.environmentId.toLowerCase() !== environmentId.toLowerCase()) {
        throw invalid('properties.environmentId', `'${body.properties.environmentId}' is not this environment`);
      }
      await checkTemplate(paths, body, body.properties.template);
      const created = !jobs.has(name);
      const record = { name, body };
      await writeJob(paths.jobs, record);
      jobs.set(name, record);
      return { record, created };
    },
    remove: async (name) => {
      get(name);
      const own = [...executions.values()].filter((record) => record.job === name);
      if (own.some((record) => !hasEnded(record))) {
        throw new ArmFailure(
          400,
          'JobHasRunningExecutions',
          `The job '${name}' has an execution that runs; stop it first.`,
        );
      }
      await removeJob(paths.jobs, name);
      jobs.delete(name);
      for (const record of own) executions.delete(record.name);
      await rm(join(paths.executions, name), { recursive: true, force: true });
    },
    start: async (name, override) => {
      const { body } = get(name);
      const template = override ?? body.properties.template;
      const { parallelism, replicaCompletionCount: completions } = body.properties.configuration.manualTriggerConfig;
      const first = Math.min(parallelism, completions);
      const record: ExecutionRecord = {
        name: `${name}-${randomBytes(5).toString('hex').slice(0, 7)}`,
        job: name,
        status: 'Processing',
        startTime: new Date().toISOString(),
        template,
        timeoutSeconds: body.properties.configuration.replicaTimeout,
        parallelism,
        completions,
        replicas: Array.from({ length: first }, () => ({})),
      };
      const spec = await checkTemplate(paths, body, template, record.name);
      await save(record);
      try {
        await Promise.all(replicaRuns(paths.executions, record).map((run) => startRun(run, spec)));
      } finally {
        // Also when one could not be started: the others are ended then, and the execution has failed.
        await save({ ...execution(name, record.name), status: 'Running' });
        follow(record.name);
      }
      return record;
    },
    executions: (job) =>
      [...executions.values()]
        .filter((record) => record.job === get(job).name)
        .sort((a, b) => b.startTime.localeCompare(a.startTime)),
    execution,
    stop: async (job, name) => {
      const record = execution(job, name);
      if (!hasEnded(record) && record.ending === undefined) await save({ ...record, ending: 'stop' });
    },
  };
}

/** True when nothing about the execution changes any more. */
export function hasEnded(record: ExecutionRecord): boolean {
  return record.status !== 'Processing' && record.status !== 'Running';
}

async function checkTemplate(paths: EnvironmentPaths, body: JobBody, template: JobTemplate, execution = '') {
  const [container] = template.containers;
  if (!container) throw invalid('template.containers', 'it is empty');
  return containerProcess(paths, container, body.properties.configuration.secrets ?? [], {
    CONTAINER_APP_JOB_EXECUTION_NAME: execution,
  });
}

function raise(error: Error): never {
  throw error;
}

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobBody, JobTemplate } from '../arm/job-schema.ts';
import { namesIfThere, readIfThere, writeAtomic } from '../write-atomic.ts';

/** A job as it was declared. */
export interface JobRecord {
  readonly name: string;
  readonly body: JobBody;
}

/** A replica of an execution: on disk before its process starts. */
export interface ReplicaRecord {
  readonly exitCode?: number;
}

/** One execution of a job. It is on disk before its process starts, and stays after its end. */
export interface ExecutionRecord {
  readonly name: string;
  readonly job: string;
  readonly status: 'Processing' | 'Running' | 'Succeeded' | 'Failed' | 'Stopped' | 'Unknown';
  readonly startTime: string;
  readonly endTime?: string;
  readonly template: JobTemplate;
  readonly timeoutSeconds: number;
  /** Replicas that run at once at the most, and how many of them have to end well. */
  readonly parallelism: number;
  readonly completions: number;
  /** Those that were started, in their order, each once it has ended with its exit code. */
  readonly replicas: readonly ReplicaRecord[];
  /** Why its end was asked for, if it was. */
  readonly ending?: 'stop' | 'timeout';
  readonly reason?: string;
  readonly message?: string;
}

/** All jobs on disk. */
export async function readJobs(directory: string): Promise<JobRecord[]> {
  return readAll<JobRecord>(directory);
}

/** Keeps a job. */
export async function writeJob(directory: string, record: JobRecord): Promise<void> {
  await writeAtomic(join(directory, `${record.name}.json`), JSON.stringify(record, null, 2));
}

/** Forgets a job. */
export async function removeJob(directory: string, name: string): Promise<void> {
  await rm(join(directory, `${name}.json`), { force: true });
}

/** All executions on disk. */
export async function readExecutions(directory: string): Promise<ExecutionRecord[]> {
  const jobs = await namesIfThere(directory);
  const lists = await Promise.all(jobs.map((job) => readAll<ExecutionRecord>(join(directory, job))));
  return lists.flat().map(asNow);
}

/** Keeps an execution. */
export async function writeExecution(directory: string, record: ExecutionRecord): Promise<void> {
  await writeAtomic(join(directory, record.job, `${record.name}.json`), JSON.stringify(record, null, 2));
}

/** What a replica of an execution is called. */
export function replicaName(execution: { name: string }, index: number): string {
  return `${execution.name}-${index}`;
}

/** The directory of a replica's process: its log and its exit code. */
export function replicaRun(directory: string, execution: { job: string; name: string }, index: number): string {
  // The first one is where it was when there was only one.
  return join(directory, execution.job, index === 0 ? execution.name : replicaName(execution, index));
}

/** The directories of all replicas that were started. */
export function replicaRuns(directory: string, execution: ExecutionRecord): readonly string[] {
  return execution.replicas.map((_, index) => replicaRun(directory, execution, index));
}

/** A record from when an execution had one replica, and its exit code. */
function asNow(record: ExecutionRecord & { readonly exitCode?: number }): ExecutionRecord {
  if (record.replicas !== undefined) return record;
  const { exitCode, ...rest } = record;
  return { ...rest, parallelism: 1, completions: 1, replicas: [{ ...(exitCode !== undefined && { exitCode }) }] };
}

async function readAll<T>(directory: string): Promise<T[]> {
  const names = (await namesIfThere(directory)).filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(names.map((name) => readIfThere(join(directory, name))));
  return texts.flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as T]));
}

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobBody, JobTemplate } from '../arm/job-schema.ts';
import { readIfThere, writeAtomic } from '../write-atomic.ts';

/** A job as it was declared. */
export interface JobRecord {
  readonly name: string;
  readonly body: JobBody;
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
  /** Why its end was asked for, if it was. */
  readonly ending?: 'stop' | 'timeout';
  readonly exitCode?: number;
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
  const jobs = await readdir(directory).catch(() => []);
  const lists = await Promise.all(jobs.map((job) => readAll<ExecutionRecord>(join(directory, job))));
  return lists.flat();
}

/** Keeps an execution. */
export async function writeExecution(directory: string, record: ExecutionRecord): Promise<void> {
  await writeAtomic(join(directory, record.job, `${record.name}.json`), JSON.stringify(record, null, 2));
}

/** The directory of an execution's process: its log and its exit code. */
export function executionRun(directory: string, execution: { job: string; name: string }): string {
  return join(directory, execution.job, execution.name);
}

async function readAll<T>(directory: string): Promise<T[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(names.map((name) => readIfThere(join(directory, name))));
  return texts.flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as T]));
}

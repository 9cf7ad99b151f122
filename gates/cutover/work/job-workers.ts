import type { ContainerApps, Execution, JobSpec } from '../../../infra/container-apps/container-apps.ts';
import { poll } from '../../kernel/deadline.ts';
import { sha256 } from '../../kernel/digest.ts';
import { gateError, messageOf } from '../../kernel/gate-error.ts';
import type { Progress } from '../../kernel/progress.ts';
import { terminal } from '../../migrate/facts.ts';
import { marked, startOnce } from '../../migrate/start-once.ts';
import { replacements, type StartWorkers } from './workers.ts';

/** A job of the platform whose image has this project, and whose environment the variables with the URLs. */
export interface JobOfWorkers {
  readonly apps: ContainerApps;
  readonly job: string;
  /** Workers in all: executions, of as many replicas each as the job's parallelism. */
  readonly count: number;
  /** Variables with the URLs. */
  readonly variables: { readonly source?: string; readonly target: string };
  /** Milliseconds between two looks at the executions: ARM counts calls. */
  readonly everyMs: number;
}

/** What an execution may take to give its piece back and end: the platform kills it after 30 s. */
const stopMs = 60_000;

/** Of one that failed, so that what ended it need not be looked for. */
const lastLines = 3;

interface Slot {
  readonly number: number;
  readonly mark: string;
  name: string;
  starts: number;
  last: Execution | undefined;
}

/**
 * Workers as executions of a job. Each has a mark that follows from the run: executions that an earlier try of the same run
 * left at work are found by it and kept, and no start is sent twice.
 */
export function jobWorkers(where: JobOfWorkers): StartWorkers {
  return async (run, say) => {
    const { count, everyMs } = where;
    const spec = await jobSpec(where);
    const slots: Slot[] = [];
    const stop = async () => {
      const left = slots.filter(({ last }) => last === undefined || !terminal.has(last.status));
      await Promise.all(left.map(({ name }) => stopExecution(where, name, say)));
    };
    try {
      for (let number = 1; number <= Math.ceil(count / Math.max(1, spec.parallelism)); number += 1) {
        const mark = `${sha256(run).slice(0, 32)}-${number}`;
        slots.push({ number, mark, ...(await begin(where, spec, run, mark, say)), starts: 1 });
      }
    } catch (error) {
      await stop();
      throw error;
    }
    let next = 0;
    return {
      tend: async () => {
        if (performance.now() >= next) {
          next = performance.now() + everyMs;
          await lookAt(where, spec, run, slots, say);
        }
        if (slots.some(({ last }) => last === undefined || !terminal.has(last.status))) return undefined;
        return slots.map(({ last }) => endOf(last)).join('; ');
      },
      stop,
    };
  };
}

/** Reads how each execution is, and replaces those that failed. What cannot be read now is read the next time. */
async function lookAt(
  where: JobOfWorkers,
  spec: JobSpec,
  run: string,
  slots: readonly Slot[],
  say: Progress,
): Promise<void> {
  for (const slot of slots) {
    if (slot.last !== undefined && terminal.has(slot.last.status)) continue;
    try {
      const found = await where.apps.getExecution(where.job, slot.name);
      if (
        found !== undefined &&
        terminal.has(found.status) &&
        found.status !== 'Succeeded' &&
        slot.starts <= replacements
      ) {
        const { lines } = await where.apps.executionLogs(where.job, slot.name, lastLines);
        for (const line of lines) say(`worker ${slot.number}: ${line}`);
        say(`worker ${slot.number}: ${endOf(found)}; another one takes its place`);
        slot.starts += 1;
        Object.assign(slot, await begin(where, spec, run, slot.mark, say));
      } else slot.last = found;
    } catch (error) {
      say(`worker ${slot.number}: ${messageOf(error)}`);
    }
  }
}

async function begin(where: JobOfWorkers, spec: JobSpec, run: string, mark: string, say: Progress) {
  const { apps, job, variables } = where;
  const earlier = await marked(apps, job, mark);
  const atWork = earlier.find(({ status }) => !terminal.has(status));
  const named = Object.entries(variables).flatMap(([side, variable]) => [`--${side}`, variable]);
  const container = { ...spec.container, command: [...spec.container.command, '--run', run, ...named] };
  const name = atWork?.name ?? (await startOnce(apps, job, { ...spec, container }, mark, earlier));
  say(`works as ${name}${atWork === undefined ? '' : ', which an earlier try left'}`);
  return { name, last: undefined };
}

async function jobSpec({ apps, job, variables }: JobOfWorkers): Promise<JobSpec> {
  const found = await apps.getJob(job);
  const needed = `a job with ${Object.values(variables).join(' and ')} in its environment`;
  if (found === undefined) throw gateError('WORKER_JOB_NOT_AS_NEEDED', job, 'no such job', needed);
  const missing = Object.values(variables).filter((name) => !found.container.env.some((each) => each.name === name));
  if (missing.length > 0) throw gateError('WORKER_JOB_NOT_AS_NEEDED', job, `no ${missing.join(' and ')}`, needed);
  if (found.container.command.length === 0) {
    throw gateError('WORKER_JOB_NOT_AS_NEEDED', job, 'no command', 'the program of a worker');
  }
  return found;
}

/** Waits for the end. An execution that does not take the stop ends by itself when it finds that nobody owns the run. */
async function stopExecution({ apps, job, everyMs }: JobOfWorkers, name: string, say: Progress): Promise<void> {
  try {
    await apps.stopExecution(job, name);
    const ended = async () => {
      const found = await apps.getExecution(job, name);
      return found === undefined || terminal.has(found.status) ? true : undefined;
    };
    await poll(AbortSignal.timeout(stopMs), everyMs, ended);
  } catch (error) {
    say(`${name}: ${messageOf(error)}`);
  }
}

function endOf(execution: Execution | undefined): string {
  if (execution === undefined) return 'an execution that is not listed';
  const { name, status, exitCode } = execution;
  return `${name} ${status}${exitCode === undefined ? '' : ` with exit code ${exitCode}`}`;
}

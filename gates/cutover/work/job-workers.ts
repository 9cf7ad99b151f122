import type { JobSpec } from '../../../infra/container-apps/container-apps.ts';
import { poll } from '../../kernel/deadline.ts';
import { sha256 } from '../../kernel/digest.ts';
import { gateError, messageOf } from '../../kernel/gate-error.ts';
import type { Progress } from '../../kernel/progress.ts';
import { terminal } from '../../migrate/facts.ts';
import { begin, endOfSlot, type JobOfWorkers, lookAt, type Slot } from './worker-slot.ts';
import type { StartWorkers } from './workers.ts';

/** What an execution may take to give its piece back and end: the platform kills it after 30 s. */
const stopMs = 60_000;

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
        slots.push({ number, mark, ...(await begin(where, spec, run, mark, say)), starts: 1, refused: [] });
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
        return slots.map(endOfSlot).join('; ');
      },
      stop,
    };
  };
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

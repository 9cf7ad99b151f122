import type { ContainerApps, Execution, JobSpec } from '../../../infra/container-apps/container-apps.ts';
import { messageOf } from '../../kernel/gate-error.ts';
import type { Progress } from '../../kernel/progress.ts';
import { terminal } from '../../migrate/facts.ts';
import { marked, startOnce } from '../../migrate/start-once.ts';
import { replacements } from './workers.ts';

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

/** Of one that failed, so that what ended it need not be looked for. */
const lastLines = 3;

/** How often in a row the platform may refuse to start another one: a few looks apart, which a fault that passes does not outlast. */
const refusals = 10;

/** The place of one worker, and the execution that is in it. */
export interface Slot {
  readonly number: number;
  readonly mark: string;
  name: string;
  starts: number;
  /** Why no other one was started in its place, try by try: a start that the platform refused is none. */
  refused: readonly string[];
  last: Execution | undefined;
}

/** Reads how each execution is, and replaces those that failed. What cannot be read now is read the next time. */
export async function lookAt(
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
      const failed = found !== undefined && terminal.has(found.status) && found.status !== 'Succeeded';
      if (failed && slot.starts <= replacements && slot.refused.length < refusals) {
        await replace(where, spec, run, slot, found, say);
      } else slot.last = found;
    } catch (error) {
      say(`worker ${slot.number}: ${messageOf(error)}`);
    }
  }
}

/** Starts another one in the place of one that failed. What refuses that is kept, and thrown. */
async function replace(
  where: JobOfWorkers,
  spec: JobSpec,
  run: string,
  slot: Slot,
  failed: Execution,
  say: Progress,
): Promise<void> {
  if (slot.refused.length === 0) {
    // Whether its last words are to be had decides nothing.
    const { lines } = await where.apps.executionLogs(where.job, slot.name, lastLines).catch(() => ({ lines: [] }));
    for (const line of lines) say(`worker ${slot.number}: ${line}`);
    say(`worker ${slot.number}: ${endOf(failed)}; another one takes its place`);
  }
  try {
    Object.assign(slot, await begin(where, spec, run, slot.mark, say), { refused: [] });
    slot.starts += 1;
  } catch (error) {
    slot.refused = [...slot.refused, messageOf(error)];
    throw error;
  }
}

/** Starts an execution with a mark, or takes the one at work that an earlier try left. */
export async function begin(where: JobOfWorkers, spec: JobSpec, run: string, mark: string, say: Progress) {
  const { apps, job, variables } = where;
  const earlier = await marked(apps, job, mark);
  const atWork = earlier.find(({ status }) => !terminal.has(status));
  const named = Object.entries(variables).flatMap(([side, variable]) => [`--${side}`, variable]);
  const container = { ...spec.container, command: [...spec.container.command, '--run', run, ...named] };
  const name = atWork?.name ?? (await startOnce(apps, job, { ...spec, container }, mark, earlier));
  say(`works as ${name}${atWork === undefined ? '' : ', which an earlier try left'}`);
  return { name, last: undefined };
}

/** How it ended, for whoever has no worker left. */
export function endOfSlot({ last, refused }: Slot): string {
  const why = refused.at(-1);
  return `${endOf(last)}${why === undefined ? '' : `, and no other one could be started: ${why}`}`;
}

function endOf(execution: Execution | undefined): string {
  if (execution === undefined) return 'an execution that is not listed';
  const { name, status, exitCode } = execution;
  return `${name} ${status}${exitCode === undefined ? '' : ` with exit code ${exitCode}`}`;
}

import type { World } from '../../kernel/world.ts';
import type { CutoverInputs } from '../plan.ts';
import { jobWorkers } from './job-workers.ts';
import type { StartWorkers } from './workers.ts';

/** Executions of a job that work. */
export interface ByJob {
  readonly workers: number;
  readonly start: StartWorkers;
}

/** Milliseconds between two looks at executions: ARM counts calls, this machine does not. */
const everyMs = { azure: 10_000, local: 500 } as const;

/**
 * Workers as executions of the job that a cutover's stack declares; undefined where it declares none. `variables` name the databases of
 * the work, where they are not both sides of the plan.
 */
export async function workersByJob(
  world: Pick<World, 'platform'>,
  { plan, job }: Pick<CutoverInputs, 'plan' | 'job'>,
  variables: { readonly source?: string; readonly target: string } = {
    source: plan.source.direct,
    target: plan.target.direct,
  },
): Promise<ByJob | undefined> {
  if (job === undefined) return undefined;
  const { apps, address } = await world.platform();
  const { name, workers: count } = job;
  return {
    workers: count,
    start: jobWorkers({ apps, job: name, count, variables, everyMs: everyMs[address.kind] }),
  };
}

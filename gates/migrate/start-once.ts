import { setTimeout as delay } from 'node:timers/promises';
import { ArmError } from '../../infra/container-apps/arm-error.ts';
import type { ContainerApps, Execution, JobSpec } from '../../infra/container-apps/container-apps.ts';
import { gateError, messageOf } from '../kernel/gate-error.ts';
import { markVariable } from './facts.ts';

/** How often, and how far apart in milliseconds, we look for an execution whose start was answered with an error. */
const looks = { times: 10, everyMs: 500 };

/** The executions that carry our mark, newest first. @throws ArmError when the platform does not say. */
export async function marked(apps: ContainerApps, job: string, mark: string): Promise<readonly Execution[]> {
  const executions = await apps.listExecutions(job);
  return executions
    .filter((execution) => execution.env[markVariable] === mark)
    .sort((a, b) => (b.startTime ?? '').localeCompare(a.startTime ?? ''));
}

/** The executions of an attempt, oldest first. @throws ArmError when the platform does not say. */
export async function ofAttempt(apps: ContainerApps, job: string, attempt: string): Promise<readonly Execution[]> {
  const executions = await apps.listExecutions(job);
  return executions
    .filter((execution) => isOfAttempt(attempt, execution.env[markVariable]))
    .sort((a, b) => (a.startTime ?? '').localeCompare(b.startTime ?? ''));
}

/** Whether a mark is one of an attempt's. */
export function isOfAttempt(attempt: string, mark: string | undefined): boolean {
  return mark === attempt || mark?.startsWith(`${attempt}-`) === true;
}

/**
 * Starts the job once. The start is not idempotent and the API takes no name from us, so an answer that says error or
 * nothing at all is not believed: we look for an execution with our mark before we say that none was started.
 * `before` are executions with our mark that have ended: an attempt that goes on after a fault may have one.
 * @throws GateError JOB_NOT_STARTED.
 */
export async function startOnce(
  apps: ContainerApps,
  name: string,
  job: JobSpec,
  mark: string,
  before: readonly Execution[] = [],
): Promise<string> {
  const env = [
    ...job.container.env.filter((variable) => variable.name !== markVariable),
    { name: markVariable, value: mark },
  ];
  try {
    return await apps.startJob(name, { ...job.container, env });
  } catch (error) {
    const refused = error instanceof ArmError && !error.transient;
    const look = async () =>
      (await marked(apps, name, mark)).find((one) => !before.some((ended) => ended.name === one.name));
    const found = refused ? await look() : await lookFor(look);
    if (found !== undefined) return found.name;
    throw gateError('JOB_NOT_STARTED', name, messageOf(error), 'one execution with our mark', error);
  }
}

async function lookFor(find: () => Promise<Execution | undefined>): Promise<Execution | undefined> {
  for (let look = 1; look <= looks.times; look += 1) {
    const found = await find().catch((error: unknown) => {
      if (look === looks.times) throw error;
      return undefined;
    });
    if (found !== undefined) return found;
    await delay(looks.everyMs);
  }
  return undefined;
}

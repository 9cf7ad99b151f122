import { poll } from '../../../gates/kernel/deadline.ts';
import { terminal } from '../../../gates/migrate/facts.ts';
import type { ContainerApps } from '../../container-apps/container-apps.ts';

const endMs = 60_000;
const lookMs = 200;

/** Stops the executions of a job, and waits for their end; a job that is not there has none. */
export async function endExecutions(apps: ContainerApps, job: string): Promise<void> {
  if ((await apps.getJob(job)) === undefined) return;
  const left = async () => (await apps.listExecutions(job)).filter(({ status }) => !terminal.has(status));
  for (const { name } of await left()) await apps.stopExecution(job, name);
  const ended = async () => ((await left()).length === 0 ? true : undefined);
  await poll(AbortSignal.timeout(endMs), lookMs, ended);
}

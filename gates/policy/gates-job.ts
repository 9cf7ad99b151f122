import { at, listAt, notKnown } from './look.ts';
import { azureType, type Resource } from './resource.ts';

/** The job that gates run in where the database is private, as infra/azure declares it. */
export const gatesJob = { name: 'sallyport-gates', command: 'node gates/run-in-job.ts' } as const;

/**
 * Whether a resource is the job of the gates: it is there before all of them, and runs nothing else. {@link notKnown} when
 * it has its name, and what it runs is not known.
 */
export function isGatesJob(resource: Resource): boolean | typeof notKnown {
  if (azureType(resource) !== 'app:Job' || at(resource.props, 'jobName') !== gatesJob.name) return false;
  const containers = listAt(resource.props, 'template', 'containers');
  if (containers === notKnown) return notKnown;
  const commands = containers.map((container) => listAt(container, 'command'));
  if (commands.includes(notKnown)) return notKnown;
  const init = listAt(resource.props, 'template', 'initContainers');
  if (init === notKnown) return notKnown;
  return containers.length === 1 && init.length === 0 && commands.flat().join(' ') === gatesJob.command;
}

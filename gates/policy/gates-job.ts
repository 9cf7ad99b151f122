import { at, listAt, notKnown } from './look.ts';
import { azureType, type Resource } from './resource.ts';

/** What infra/azure calls the job that gates run in where the database is private. */
const gatesJob = 'sallyport-gates';

/**
 * Whether a resource is the job of the gates. It is there before all of them, so nothing clears it: it may run one image as
 * it is, and no command. {@link notKnown} when it has the name, and what it runs is not known.
 */
export function isGatesJob(resource: Resource): boolean | typeof notKnown {
  if (azureType(resource) !== 'app:Job' || at(resource.props, 'jobName') !== gatesJob) return false;
  const containers = listAt(resource.props, 'template', 'containers');
  if (containers === notKnown) return notKnown;
  const commands = ['command', 'args'].flatMap((key) => containers.map((container) => listAt(container, key)));
  const init = listAt(resource.props, 'template', 'initContainers');
  if (commands.includes(notKnown) || init === notKnown) return notKnown;
  return containers.length === 1 && init.length === 0 && commands.flat().length === 0;
}

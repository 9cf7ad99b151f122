import { at, listAt, notKnown } from './look.ts';
import { azureType, type Resource } from './resource.ts';

/** Of the job whose executions verify and copy for a cutover, on every platform. */
export const cutoverJobName = 'sallyport-cutover';
/** What they run. */
const worker = ['/usr/local/bin/node', '/app/gates/cutover-worker.ts'];

/**
 * Whether a resource is the job of a cutover's workers. They take what they do from the cutover's work table, and any number of
 * them may at once; it may run that program and no other. {@link notKnown} when it has the name, and what it runs is not known.
 */
export function isCutoverJob(resource: Resource): boolean | typeof notKnown {
  if (azureType(resource) !== 'app:Job' || at(resource.props, 'jobName') !== cutoverJobName) return false;
  const containers = listAt(resource.props, 'template', 'containers');
  const init = listAt(resource.props, 'template', 'initContainers');
  if (containers === notKnown || init === notKnown) return notKnown;
  const [container, ...others] = containers;
  const command = listAt(container, 'command');
  const args = listAt(container, 'args');
  if (command === notKnown || args === notKnown) return notKnown;
  const runs = [...command, ...args];
  const same = runs.length === worker.length && worker.every((word, index) => runs[index] === word);
  return same && others.length === 0 && init.length === 0;
}

import { blocker, type Finding } from '../../kernel/verdict.ts';
import { dataAncestors } from '../ancestors.ts';
import { isCutoverJob } from '../cutover-job.ts';
import { isGatesJob } from '../gates-job.ts';
import { at, notKnown } from '../look.ts';
import { azureType, dynamicType, type GraphResource } from '../resource.ts';
import { notEvaluated, type StackRule } from '../rule.ts';
import { workloadOf } from '../workload.ts';

/**
 * An azure-native resource checks no receipts. A clearance does it for it, and hands out what was cleared: the images, and
 * the traffic that the accepted release says. What is declared must be that and no other.
 */
export const asCleared: StackRule = {
  kind: 'stack',
  name: 'as-cleared',
  means: 'Declared apps and jobs have images and traffic of a clearance.',
  judge: (resource) => {
    if (!declared.has(azureType(resource) ?? '') || isGatesJob(resource) !== false || isCutoverJob(resource) !== false)
      return [];
    return [...judgeImages(resource), ...judgeTraffic(resource)];
  },
};

const declared: ReadonlySet<string> = new Set(['app:ContainerApp', 'app:Job']);
const clearances: ReadonlySet<string> = new Set(['azure:AppClearance', 'azure:JobClearance']);

function judgeImages(resource: GraphResource): readonly Finding[] {
  const clearing = clearancesIn(resource, 'template');
  if (clearing.length === 0) {
    return [blocker('POLICY_UNGATED', resource.name, 'no clearance in template', 'the image of a clearance')];
  }
  const cleared = clearing.flatMap(imagesOf);
  const containers = workloadOf(resource)?.containers;
  if (containers === undefined || containers === notKnown || cleared.includes(notKnown)) {
    return [notEvaluated(resource, 'the image that was cleared')];
  }
  return containers.flatMap(({ name, image }) => {
    if (image === notKnown) return [notEvaluated(resource, `the image of ${name}`)];
    if (cleared.includes(image)) return [];
    return [blocker('POLICY_UNGATED', resource.name, `${image} in ${name}`, 'an image that a clearance gave')];
  });
}

/** Which revision serves is what the accepted release says, not the program. */
function judgeTraffic(resource: GraphResource): readonly Finding[] {
  const ingress = at(resource.props, 'configuration', 'ingress');
  if (azureType(resource) !== 'app:ContainerApp' || ingress === undefined || ingress === null) return [];
  if (clearancesIn(resource, 'configuration').length > 0) return [];
  const needed = 'traffic of a clearance, which knows the accepted release';
  return [blocker('POLICY_UNGATED', resource.name, 'traffic that comes from the program', needed)];
}

function clearancesIn(resource: GraphResource, input: string): readonly GraphResource[] {
  return [...dataAncestors(resource, input)].filter((ancestor) => clearances.has(dynamicType(ancestor) ?? ''));
}

/** Of a job's clearance one image, of the apps' one a service. {@link notKnown} before the update. */
function imagesOf(clearance: GraphResource): readonly unknown[] {
  if (dynamicType(clearance) === 'azure:JobClearance') return [at(clearance.props, 'image') ?? notKnown];
  const templates = at(clearance.props, 'templates');
  if (typeof templates !== 'object' || templates === null) return [notKnown];
  return Object.values(templates).map((template) => at(template, 'image'));
}

import { blocker, type Finding } from '../../kernel/verdict.ts';
import { notKnown } from '../look.ts';
import type { Resource } from '../resource.ts';
import { notEvaluated, type ResourceRule } from '../rule.ts';
import { workloadOf } from '../workload.ts';

const byDigest = /^[^@\s]+@sha256:[0-9a-f]{64}$/;

/** A tag can be moved after the gates have looked; a digest cannot. */
export const imageByDigest: ResourceRule = {
  kind: 'resource',
  name: 'image-by-digest',
  means: 'Every container of an app or a job names its image by digest.',
  judge: (resource) => {
    const containers = workloadOf(resource)?.containers ?? [];
    if (containers === notKnown) return [notEvaluated(resource, 'an image')];
    if (containers.length === 0 && workloadOf(resource) !== undefined) {
      return [blocker('POLICY_IMAGE', resource.name, 'no container', 'containers with an image by digest')];
    }
    return containers.flatMap(({ name, image }) => judgeImage(resource, name, image));
  },
};

function judgeImage(resource: Resource, container: string, image: unknown): readonly Finding[] {
  if (image === notKnown) return [notEvaluated(resource, `an image of ${container}`)];
  if (typeof image === 'string' && byDigest.test(image)) return [];
  const found = `${typeof image === 'string' ? image : 'no image'} in ${container}`;
  return [blocker('POLICY_IMAGE', resource.name, found, 'name@sha256:<64 hex digits>')];
}

import { blocker, type Finding } from '../../kernel/verdict.ts';
import { isCutoverJob } from '../cutover-job.ts';
import { at, notKnown } from '../look.ts';
import { azureType } from '../resource.ts';
import { notEvaluated, type ResourceRule } from '../rule.ts';

/** Where it is, and what it must be. What is not given is the platform's to choose, so each must be. */
type Setting = { readonly path: readonly string[]; readonly value: string | number };
const always: readonly Setting[] = [
  { path: ['triggerType'], value: 'Manual' },
  { path: ['replicaRetryLimit'], value: 0 },
];
const once: readonly Setting[] = [
  { path: ['manualTriggerConfig', 'parallelism'], value: 1 },
  { path: ['manualTriggerConfig', 'replicaCompletionCount'], value: 1 },
];

/** B8: workers of a cutover are as many as there are; whoever retries a migration has to have read the history first, which the platform does not. */
export const jobRunsOnce: ResourceRule = {
  kind: 'resource',
  name: 'job-runs-once',
  means:
    'Jobs are started by hand, once, with one replica and no retry by the platform; those of a cutover may have more replicas.',
  judge: (resource) => {
    if (azureType(resource) !== 'app:Job') return [];
    const configuration = at(resource.props, 'configuration');
    if (configuration === notKnown) return [notEvaluated(resource, 'configuration')];
    const needed = isCutoverJob(resource) === true ? always : [...always, ...once];
    return needed.flatMap(({ path, value }): readonly Finding[] => {
      const found = at(configuration, ...path);
      if (found === value) return [];
      if (found === notKnown) return [notEvaluated(resource, path.join('.'))];
      const said = `${path.join('.')} ${found ?? 'not given'}`;
      return [blocker('POLICY_JOB_SETTINGS', resource.name, said, String(value))];
    });
  },
};

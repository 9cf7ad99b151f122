import { Provider } from '@pulumi/azure-native/provider.js';
import * as pulumi from '@pulumi/pulumi';
import { cutoverJobName } from '../gates/policy/cutover-job.ts';
import { cutoverJob } from '../infra/azure/cutover-job.ts';
import type { CutoverAzure } from './cutover-azure-config.ts';
import type { DeclareCutoverJob } from './cutover-job.ts';

/** The job beside the apps that are moved, as the configuration's `platform.workers` says. */
export function azureJob(platform: CutoverAzure): DeclareCutoverJob {
  const { subscription: subscriptionId, tenant: tenantId, resourceGroup, environment, workers } = platform;
  if (workers === undefined) throw new TypeError('cutoverAzureChecks sees to platform.workers');
  const { location, registry, identity, urls } = workers;
  return (name, { job, plan, preflight }, opts) => {
    const { image, parallelism, cpu, timeoutSeconds } = job;
    // Explicit, so that an ambient login can never put it into another subscription.
    const provider = new Provider(`${name}-azure`, { subscriptionId, tenantId, location }, opts);
    const place = {
      resourceGroup: pulumi.output(resourceGroup),
      location,
      environmentId: pulumi.output(environment),
      registry: pulumi.output(registry),
      identity: pulumi.output(identity),
    };
    const args = {
      ...{ jobName: cutoverJobName, parallelism, cpu, timeoutSeconds },
      // Of a cutover that may begin.
      image: preflight.apply(() => image),
      urls: { [plan.source.direct]: urls.source, [plan.target.direct]: urls.target },
    };
    return cutoverJob(name, place, args, { ...opts, provider }).name;
  };
}

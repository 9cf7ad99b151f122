import type { Job } from '@azure/arm-appcontainers';
import { ArmError } from './arm-error.ts';
import { callArm, callArmIfThere, callUntil, retryConflict } from './call-arm.ts';
import type { ContainerApps, JobSpec } from './container-apps.ts';
import type { ContainerAppsContext } from './container-apps-client.ts';
import { containerBody, containerSpec, secretBodies, secretSpecs } from './container-body.ts';

/** Jobs, and the start of one. */
export function jobOperations(
  context: ContainerAppsContext,
): Pick<ContainerApps, 'putJob' | 'getJob' | 'deleteJob' | 'startJob'> {
  const { client, once, address } = context;
  const { resourceGroup } = address;
  return {
    putJob: async (name, spec) => {
      const location = await callArm(`read the environment's region`, context.location);
      const body = jobBody(context, location, spec);
      await retryConflict(context, () =>
        callUntil(context, `put job ${name}`, (options) =>
          client.jobs.createOrUpdate(resourceGroup, name, body, options),
        ),
      );
    },
    getJob: async (name) => {
      const job = await callArmIfThere(`read job ${name}`, () => client.jobs.get(resourceGroup, name));
      return job && jobSpec(job);
    },
    deleteJob: async (name) => {
      await retryConflict(context, () =>
        callUntil(context, `delete job ${name}`, (options) => client.jobs.delete(resourceGroup, name, options)),
      );
    },
    startJob: async (name, container) => {
      const started = await callUntil(context, `start job ${name}`, (options) =>
        once.jobs.start(resourceGroup, name, { ...options, template: { containers: [containerBody(container)] } }),
      );
      if (started.name) return started.name;
      throw new ArmError(`start job ${name}: the answer names no execution`, {
        code: 'NO_EXECUTION_NAME',
        transient: false,
      });
    },
  };
}

function jobBody({ address }: ContainerAppsContext, location: string, spec: JobSpec): Job {
  return {
    location,
    environmentId: address.environmentId,
    configuration: {
      triggerType: 'Manual',
      replicaTimeout: spec.replicaTimeoutSeconds,
      replicaRetryLimit: spec.replicaRetryLimit,
      manualTriggerConfig: {
        parallelism: spec.parallelism,
        replicaCompletionCount: spec.replicaCompletionCount,
      },
      secrets: secretBodies(spec.secrets),
    },
    template: { containers: [containerBody(spec.container)] },
  };
}

function jobSpec(job: Job): JobSpec {
  const { configuration } = job;
  // What is absent is said as NaN's honest neighbour, -1: a gate that needs 0 or 1 must not see either.
  return {
    container: containerSpec(job.template?.containers?.[0]),
    secrets: secretSpecs(configuration?.secrets),
    replicaTimeoutSeconds: configuration?.replicaTimeout ?? -1,
    replicaRetryLimit: configuration?.replicaRetryLimit ?? -1,
    parallelism: configuration?.manualTriggerConfig?.parallelism ?? -1,
    replicaCompletionCount: configuration?.manualTriggerConfig?.replicaCompletionCount ?? -1,
  };
}

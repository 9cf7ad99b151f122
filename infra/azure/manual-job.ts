import { Job } from '@pulumi/azure-native/app/job.js';
import type * as pulumi from '@pulumi/pulumi';
import { containerSize } from '../container-apps/container-body.ts';
import { workloadProfile } from './environment.ts';
import type { Place } from './place.ts';
import type { Runtime } from './runtime.ts';

/** What a job runs, and as whom. */
export interface ManualJobArgs {
  readonly jobName: string;
  readonly image: pulumi.Input<string>;
  /** None: what the image has for its entry point. */
  readonly command?: readonly string[];
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  /** Environment variable → secret, and secret → its address in the vault. */
  readonly secretEnv?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Replicas of an execution, all at once; one unless more are asked for. */
  readonly replicas?: number;
  /** vCPUs of a replica. */
  readonly cpu?: number | undefined;
  /** Bound of an execution, in seconds. */
  readonly timeoutSeconds: number;
}

/** A job that only we start, without a retry of the platform's, which would run a migration twice. */
export function manualJob(
  name: string,
  {
    resourceGroup,
    platform,
  }: Pick<Place, 'resourceGroup'> & { readonly platform: Pick<Place['platform'], 'location'> },
  { environmentId, registry, identity }: Runtime,
  { jobName, image, command, env, secretEnv = {}, secrets = {}, replicas = 1, cpu, timeoutSeconds }: ManualJobArgs,
  opts: pulumi.CustomResourceOptions,
): Job {
  return new Job(
    name,
    {
      resourceGroupName: resourceGroup,
      jobName,
      location: platform.location,
      environmentId,
      workloadProfileName: workloadProfile,
      identity: { type: 'UserAssigned', userAssignedIdentities: [identity] },
      configuration: {
        triggerType: 'Manual',
        manualTriggerConfig: { parallelism: replicas, replicaCompletionCount: replicas },
        replicaRetryLimit: 0,
        replicaTimeout: timeoutSeconds,
        registries: [{ server: registry, identity }],
        secrets: Object.entries(secrets).map(([key, keyVaultUrl]) => ({ name: key, keyVaultUrl, identity })),
      },
      template: {
        containers: [
          {
            name: jobName,
            image,
            ...(command && { command: [...command] }),
            env: [
              ...Object.entries(env).map(([key, value]) => ({ name: key, value })),
              ...Object.entries(secretEnv).map(([key, secretRef]) => ({ name: key, secretRef })),
            ],
            resources: containerSize(cpu),
          },
        ],
      },
    },
    opts,
  );
}

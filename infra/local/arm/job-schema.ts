import { z } from 'zod';
import { baseContainer, identity, registries, secrets } from './container-schema.ts';

/** A job's template, and the body of a start, which replaces the whole of it. */
export const jobTemplate = z.strictObject({ containers: z.array(baseContainer).length(1, 'one container') });

export type JobTemplate = z.infer<typeof jobTemplate>;

const replicas = z.number().int().min(1).max(100, 'at most 100 on the local platform');

/** The body of a job's PUT; unknown properties are refused. */
export const jobBody = z.strictObject({
  location: z.string(),
  tags: z.record(z.string(), z.string()).optional(),
  identity: identity.optional(),
  properties: z.strictObject({
    environmentId: z.string(),
    workloadProfileName: z.string().optional(),
    configuration: z.strictObject({
      triggerType: z.literal('Manual'),
      replicaTimeout: z.number().int().positive(),
      replicaRetryLimit: z.literal(0, 'the local platform does not retry a replica: 0'),
      manualTriggerConfig: z.strictObject({
        parallelism: replicas,
        replicaCompletionCount: replicas,
      }),
      secrets: secrets.optional(),
      registries: registries.optional(),
    }),
    template: jobTemplate,
  }),
});

export type JobBody = z.infer<typeof jobBody>;

import { z } from 'zod';
import { baseContainer, secrets } from './container-schema.ts';

const probe = z.strictObject({
  type: z.enum(['Startup', 'Liveness', 'Readiness']),
  httpGet: z.strictObject({
    path: z.string().startsWith('/').optional(),
    port: z.number().int(),
    scheme: z.literal('HTTP').optional(),
  }),
  initialDelaySeconds: z.number().int().nonnegative().optional(),
  periodSeconds: z.number().int().positive().optional(),
  timeoutSeconds: z.number().int().positive().optional(),
  failureThreshold: z.number().int().positive().optional(),
  successThreshold: z.number().int().positive().optional(),
});

export type Probe = z.infer<typeof probe>;

const template = z.strictObject({
  revisionSuffix: z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/),
  containers: z.array(baseContainer.extend({ probes: z.array(probe).optional() })).length(1, 'one container'),
  scale: z
    .strictObject({ minReplicas: z.number().int().min(1).max(20), maxReplicas: z.number().int().min(1).max(20) })
    .refine(
      (scale) => scale.minReplicas === scale.maxReplicas,
      'replicas do not scale locally: minReplicas = maxReplicas',
    ),
});

export type AppTemplate = z.infer<typeof template>;

const traffic = z.array(
  z.strictObject({
    revisionName: z.string().optional(),
    latestRevision: z.boolean().optional(),
    weight: z.number().int().min(0).max(100).default(0),
    label: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
      .optional(),
  }),
);

export type Traffic = z.infer<typeof traffic>;

const ingress = z.strictObject({
  external: z.boolean().default(false),
  targetPort: z.number().int().min(1).max(65_535),
  transport: z.enum(['auto', 'http', 'Auto', 'Http']).optional(),
  allowInsecure: z.boolean().optional(),
  traffic,
});

/** The body of a container app's PUT; unknown properties are refused. */
export const appBody = z.strictObject({
  location: z.string(),
  tags: z.record(z.string(), z.string()).optional(),
  properties: z.strictObject({
    environmentId: z.string(),
    configuration: z.strictObject({
      activeRevisionsMode: z.literal('Multiple'),
      ingress: ingress.optional(),
      secrets: secrets.optional(),
      maxInactiveRevisions: z.number().int().nonnegative().optional(),
    }),
    template,
  }),
});

export type AppBody = z.infer<typeof appBody>;

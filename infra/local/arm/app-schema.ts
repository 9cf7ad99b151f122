import { z } from 'zod';
import { baseContainer, identity, registries, secrets } from './container-schema.ts';

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

const metadata = z.strictObject({ metadata: z.record(z.string(), z.string()) });

const scaleRule = z
  .strictObject({
    name: z.string().min(1),
    http: metadata.optional(),
    tcp: metadata.optional(),
    custom: metadata
      .extend({
        type: z.string().min(1),
        identity: z.string().optional(),
        auth: z.array(z.strictObject({ secretRef: z.string(), triggerParameter: z.string() })).optional(),
      })
      .optional(),
  })
  .refine(
    ({ http, tcp, custom }) => [http, tcp, custom].filter(Boolean).length === 1,
    'a rule is one of http, tcp, custom',
  );

/** Locally nothing scales: `minReplicas` run, whatever the rules say. */
const scale = z
  .strictObject({
    minReplicas: z.number().int().min(0).max(1_000),
    maxReplicas: z.number().int().min(1).max(1_000),
    cooldownPeriod: z.number().int().positive().optional(),
    pollingInterval: z.number().int().positive().optional(),
    rules: z.array(scaleRule).optional(),
  })
  .refine((scale) => scale.minReplicas <= scale.maxReplicas, 'minReplicas is more than maxReplicas');

const template = z.strictObject({
  revisionSuffix: z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/),
  containers: z.array(baseContainer.extend({ probes: z.array(probe).optional() })).length(1, 'one container'),
  scale,
  terminationGracePeriodSeconds: z.number().int().min(0).max(600).optional(),
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
  clientCertificateMode: z.enum(['ignore', 'accept', 'require']).optional(),
  traffic,
});

/** The body of a container app's PUT; unknown properties are refused. */
export const appBody = z.strictObject({
  location: z.string(),
  tags: z.record(z.string(), z.string()).optional(),
  identity: identity.optional(),
  properties: z.strictObject({
    environmentId: z.string(),
    workloadProfileName: z.string().optional(),
    configuration: z.strictObject({
      activeRevisionsMode: z.literal('Multiple'),
      ingress: ingress.optional(),
      secrets: secrets.optional(),
      registries: registries.optional(),
      maxInactiveRevisions: z.number().int().nonnegative().optional(),
    }),
    template,
  }),
});

export type AppBody = z.infer<typeof appBody>;

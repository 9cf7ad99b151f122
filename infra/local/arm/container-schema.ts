import { z } from 'zod';

/** `name@sha256:<hex>`: the local platform takes images by digest only. */
const image = z.string().regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/, 'an image by digest: name@sha256:<64 hex digits>');

const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

const environment = z
  .array(
    z.union([
      z.strictObject({ name: variableName, value: z.string() }),
      z.strictObject({ name: variableName, secretRef: z.string() }),
    ]),
  )
  .refine((all) => new Set(all.map((variable) => variable.name)).size === all.length, 'a variable is named twice');

/** What a container of an app and of a job have in common; unknown properties are refused. */
export const baseContainer = z.strictObject({
  name: z.string().min(1),
  image,
  /** Without one, what the image has for its entry point. */
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: environment.optional(),
  resources: z.strictObject({ cpu: z.number().positive().optional(), memory: z.string().optional() }).optional(),
});

export type Container = z.infer<typeof baseContainer>;

/** Who a container is: user-assigned identities by ARM id, with nothing under it in a request. */
export const identity = z.strictObject({
  type: z.enum(['None', 'SystemAssigned', 'UserAssigned', 'SystemAssigned,UserAssigned']),
  userAssignedIdentities: z.record(z.string(), z.looseObject({})).optional(),
});

/** Where images are pulled from, and as whom. Local images are in the environment's store and pulled from nowhere. */
export const registries = z.array(
  z.strictObject({
    server: z.string().min(1),
    identity: z.string().optional(),
    username: z.string().optional(),
    passwordSecretRef: z.string().optional(),
  }),
);

/** Secrets of an app or a job: by reference or by value. */
export const secrets = z
  .array(
    z.strictObject({
      name: z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/),
      value: z.string().optional(),
      keyVaultUrl: z.string().optional(),
      identity: z.string().optional(),
    }),
  )
  .refine((all) => new Set(all.map((secret) => secret.name)).size === all.length, 'a secret is named twice');

export type Secret = z.infer<typeof secrets>[number];

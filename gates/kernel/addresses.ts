import { z } from 'zod';
import type { DatabaseAddress, PlatformAddress } from '../../infra/platform.ts';

/** A {@link PlatformAddress} as it arrives through the engine. */
export const platformAddressSchema: z.ZodType<PlatformAddress> = z.strictObject({
  kind: z.enum(['local', 'azure']),
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  environmentId: z.string(),
  endpoint: z.string().optional(),
  directory: z.string().optional(),
});

/** A {@link DatabaseAddress} as it arrives through the engine. */
export const databaseAddressSchema: z.ZodType<DatabaseAddress> = z.strictObject({
  host: z.string(),
  port: z.number().int(),
  database: z.string(),
  tls: z.boolean(),
});

import { z } from 'zod';
import type { AzureAddress, DatabaseAddress, PlatformAddress } from '../../infra/platform.ts';

const gatesRunner = z.discriminatedUnion('runner', [
  z.strictObject({ runner: z.literal('in-process') }),
  z.strictObject({ runner: z.literal('job'), job: z.string(), container: z.url() }),
]);

const azureAddressSchema: z.ZodType<AzureAddress> = z.strictObject({
  tenantId: z.string(),
  serverId: z.string(),
  logs: z.strictObject({
    destination: z.enum(['log-analytics', 'azure-monitor', 'none']),
    workspaceId: z.string().optional(),
  }),
  gates: gatesRunner,
});

/** A {@link PlatformAddress} as it arrives through the engine. */
export const platformAddressSchema: z.ZodType<PlatformAddress> = z.strictObject({
  kind: z.enum(['local', 'azure']),
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  environmentId: z.string(),
  endpoint: z.string().optional(),
  directory: z.string().optional(),
  azure: azureAddressSchema.optional(),
});

/** A {@link DatabaseAddress} as it arrives through the engine. */
export const databaseAddressSchema: z.ZodType<DatabaseAddress> = z.strictObject({
  host: z.string(),
  port: z.number().int(),
  database: z.string(),
  tls: z.boolean(),
  users: z.record(z.enum(['gates', 'migrator', 'app']), z.string()).optional(),
});

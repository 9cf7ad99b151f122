import { z } from 'zod';
import { existing, named } from './azure-resource-config.ts';

/** `platform.server`: made or brought. */
export const serverSchema = z
  .union([
    z.strictObject({ existing: existing('Microsoft.DBforPostgreSQL/flexibleServers') }),
    z.strictObject({
      name: named(
        /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
        '3 to 63 lower-case letters, digits and dashes, unique in Azure',
      ),
      version: z.enum(['13', '14', '15', '16', '17', '18']).default('17').describe('major version of PostgreSQL'),
      tier: z.enum(['Burstable', 'GeneralPurpose', 'MemoryOptimized']).default('GeneralPurpose'),
      sku: z
        .string()
        .regex(/^Standard_[A-Za-z0-9_]+$/, 'Standard_…')
        .default('Standard_D2ds_v5')
        .describe('size'),
      storageGb: z.number().int().min(32).max(32_767).default(64).describe('grows by itself, and never shrinks'),
      retentionDays: z.number().int().min(7).max(35).default(14).describe('how far back the server can be restored'),
      geoRedundantBackup: z
        .boolean()
        .default(false)
        .describe('backups in the paired region too; fixed once it is made'),
      highAvailability: z
        .enum(['Disabled', 'SameZone', 'ZoneRedundant'])
        .default('Disabled')
        .describe('a standby; not for tier Burstable'),
      parameters: z
        .record(z.string().regex(/^[a-z][a-z0-9_.]*$/, 'a server parameter'), z.string())
        .default({})
        .describe('server parameters, beside those that demand TLS'),
      authentication: z
        .enum(['entra', 'entra-and-password'])
        .default('entra')
        .describe(
          'Microsoft Entra alone; with passwords, administrator sallyport has that of sallyport:server-administrator-password',
        ),
    }),
  ])
  .prefault({})
  .describe('Azure Database for PostgreSQL flexible server');

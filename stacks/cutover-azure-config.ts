import { z } from 'zod';
import { azurePlatformSchema } from './azure-config.ts';
import { armId, guid } from './azure-resource-config.ts';

const principal = z.string().regex(/^[^\s"'\\][^"'\\]{0,62}$/, 'the name of a principal, 63 characters at the most');

const vaultSecret = z
  .string()
  .regex(/^https:\/\/[a-z0-9.-]+\/secrets\/[A-Za-z0-9-]+\/[0-9a-f]{32}$/, 'https://<vault>/secrets/<name>/<version>');

/** `sallyport:platform` of a cutover on Azure: the estate as it is, of which a cutover makes nothing. */
export const cutoverAzureSchema = z.strictObject({
  kind: z.literal('azure'),
  subscription: guid,
  tenant: guid.describe('tenant of Microsoft Entra'),
  resourceGroup: z
    .string()
    .regex(/^[\w.()-]{0,89}[\w()-]$/, '1 to 90 letters, digits and -_.()')
    .describe('name of the group that the apps and the migration job are in'),
  environment: armId('Microsoft.App/managedEnvironments').describe('ARM id of the managed environment of the apps'),
  server: armId('Microsoft.DBforPostgreSQL/flexibleServers').describe('ARM id of the server that serves: the source'),
  users: z
    .strictObject({
      gates: principal.describe('who runs the cutover; the ledger is kept as it'),
      migrator: principal.describe('the identity that migrates'),
      app: principal.describe('the identity that the apps have'),
    })
    .describe('names of the identities, as the roles of both servers are called'),
  migrationJob: z
    .string()
    .regex(/^[a-z](?!.*--)[a-z0-9-]{0,30}[a-z0-9]$/, '2 to 32 lower-case letters, digits and single dashes')
    .default('migrate')
    .describe('job of the promotion stack; migrations of the candidate run as an execution of it'),
  logs: z
    .strictObject({
      destination: z.enum(['log-analytics', 'azure-monitor', 'none']),
      workspaceId: guid.optional().describe('customer id of the workspace'),
    })
    .default({ destination: 'none' })
    .describe('where console logs of executions go; log streams are read in any case'),
  gates: z
    .strictObject({
      runner: z
        .enum(['in-process', 'job'])
        .describe('in-process: URLs of both sides are in the environment of the engine; a job does not have them'),
    })
    .prefault({ runner: 'in-process' })
    .describe('where gates run'),
  workers: z
    .strictObject({
      location: azurePlatformSchema.shape.location,
      registry: z
        .string()
        .regex(/^[a-z0-9.-]+$/, 'a login server: <name>.azurecr.io')
        .describe('login server of the registry that the image is in'),
      identity: armId('Microsoft.ManagedIdentity/userAssignedIdentities').describe(
        'ARM id of the identity that pulls the image and reads the two secrets',
      ),
      urls: z
        .strictObject({ source: vaultSecret, target: vaultSecret })
        .describe('where the vault has the URLs of both sides'),
    })
    .optional()
    .describe('what the job of cutover.job is declared with'),
  endpoint: azurePlatformSchema.shape.endpoint,
});

export type CutoverAzure = z.infer<typeof cutoverAzureSchema>;

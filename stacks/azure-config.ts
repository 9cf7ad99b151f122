import { z } from 'zod';
import { gatesSchema } from './azure-gates-config.ts';
import { networkSchema } from './azure-network-config.ts';
import { existing, guid, named } from './azure-resource-config.ts';
import { serverSchema } from './azure-server-config.ts';

const principal = z.strictObject({
  name: z.string().min(1).max(63).describe('display name; PostgreSQL knows the principal by it'),
  objectId: guid,
  type: z.enum(['User', 'Group', 'ServicePrincipal']),
});

/** PostgreSQL cuts longer role names, and a role is called as its identity is. */
const identityName = named(/^[A-Za-z0-9][A-Za-z0-9_-]{2,62}$/, '3 to 63 letters, digits, dashes and underscores');
const identity = z
  .union([
    z.strictObject({ existing: existing('Microsoft.ManagedIdentity/userAssignedIdentities') }),
    z.strictObject({ name: identityName }),
  ])
  .prefault({});

/** `sallyport:platform` of a stack on Azure. What is named `existing` is read; all else is made. */
export const azurePlatformSchema = z.strictObject({
  kind: z.literal('azure'),
  name: z
    .string()
    .regex(/^[a-z](?!.*--)[a-z0-9-]{0,13}[a-z0-9]$/, '2 to 15 lower-case letters, digits and single dashes')
    .describe('what names are made of: <name>-env, <name>-db, <name>-vault and so on'),
  subscription: guid,
  tenant: guid.describe('tenant of Microsoft Entra'),
  location: z
    .string()
    .regex(/^[a-z0-9]+$/, 'a region such as westeurope')
    .describe('region of everything that is made'),
  operator: principal.describe('who runs promotions: the principal that CI signs in as'),
  protect: z
    .boolean()
    .default(true)
    .describe('nothing that holds data can be deleted by pulumi; false for stacks that are thrown away'),
  assignRoles: z
    .boolean()
    .default(true)
    .describe('false where the identities have their roles already, and who runs this may not assign any'),
  resourceGroup: z
    .union([
      z.strictObject({
        existing: z
          .string()
          .regex(
            /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/]+$/i,
            'an ARM id: /subscriptions/…/resourceGroups/…',
          )
          .describe('ARM id of the one that is there already; none is made then'),
      }),
      z.strictObject({ name: named(/^[\w.()-]{0,89}[\w()-]$/, '1 to 90 letters, digits and -_.()') }),
    ])
    .prefault({}),
  logs: z
    .union([
      z.strictObject({ existing: existing('Microsoft.OperationalInsights/workspaces') }),
      z.strictObject({
        name: named(/^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/, '4 to 63 letters, digits and dashes'),
        retentionDays: z.number().int().min(30).max(730).default(30),
      }),
    ])
    .prefault({})
    .describe('Log Analytics workspace of the environment'),
  network: networkSchema,
  environment: z
    .union([
      z.strictObject({ existing: existing('Microsoft.App/managedEnvironments') }),
      z.strictObject({
        name: named(/^[a-z][a-z0-9-]{0,58}[a-z0-9]$/, '2 to 60 lower-case letters, digits and dashes'),
        internal: z.boolean().default(false).describe('apps answer in the virtual network only'),
        zoneRedundant: z.boolean().default(false),
      }),
    ])
    .prefault({})
    .describe('managed environment of Container Apps'),
  registry: z
    .union([
      z.strictObject({ existing: existing('Microsoft.ContainerRegistry/registries') }),
      z.strictObject({
        name: named(/^[A-Za-z0-9]{5,50}$/, '5 to 50 letters and digits, unique in Azure'),
        sku: z.enum(['Basic', 'Standard', 'Premium']).default('Standard'),
      }),
    ])
    .prefault({})
    .describe('container registry that images are pulled from with the identities'),
  identities: z
    .strictObject({ apps: identity, migrate: identity, gates: identity })
    .prefault({})
    .describe('user-assigned identities; PostgreSQL has a role of the same name for each'),
  vault: z
    .union([
      z.strictObject({ existing: existing('Microsoft.KeyVault/vaults') }),
      z.strictObject({
        name: named(
          /^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$/,
          '3 to 24 letters, digits and single dashes, unique in Azure',
        ),
      }),
    ])
    .prefault({})
    .describe('key vault with RBAC'),
  secrets: z
    .record(
      z.string().regex(/^[a-z0-9](?!.*--)[a-z0-9-]{0,125}[a-z0-9]$/, '2 to 127 lower-case letters, digits and dashes'),
      z.union([z.literal('config'), z.string().regex(/^[0-9a-f]{32}$/, 'a version, 32 hex digits')]),
    )
    .default({})
    .describe('name in the vault → its version there, or config: sallyport:<name>, set with --secret, is put into it'),
  server: serverSchema,
  database: z
    .strictObject({
      name: z
        .string()
        .regex(/^[a-z_][a-z0-9_-]{0,62}$/, '1 to 63 lower-case letters, digits, dashes and underscores')
        .default('app'),
      existing: z.boolean().default(false).describe('it is on the server already'),
      port: z.number().int().min(1).max(65_535).default(5432).describe('of the server'),
    })
    .prefault({}),
  administrator: principal
    .optional()
    .describe(
      'Microsoft Entra administrator of the server, the operator or a group it is in; the operator where none is given',
    ),
  gates: gatesSchema,
  endpoint: z
    .string()
    .regex(/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/, 'a loopback address, http://127.0.0.1:PORT')
    .optional()
    .describe('loopback address of a stand-in for the management API, without TLS; the public cloud without it'),
});

export type AzurePlatform = z.infer<typeof azurePlatformSchema>;

import { z } from 'zod';

const guid = z.string().regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'a GUID, 8-4-4-4-12 hex digits');
const address = z.ipv4('an IPv4 address');
const range = z.cidrv4('an IPv4 range such as 10.20.0.0/23');

/** ARM id of a resource of one type: `Microsoft.App/managedEnvironments`, or deeper for a child. */
function armId(type: string) {
  const [provider = '', ...levels] = type.split('/');
  const path = levels.map((level) => `/${level}/[^/]+`).join('');
  const pattern = new RegExp(
    `^/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]+/providers/${provider.replace('.', '\\.')}${path}$`,
    'i',
  );
  return z.string().regex(pattern, `an ARM id: /subscriptions/…/resourceGroups/…/providers/${type}`);
}

function existing(type: string) {
  return armId(type).describe('ARM id of the one that is there already; none is made then');
}

/** A name as the service takes it; made of `platform.name` where none is given. */
function named(pattern: RegExp, needed: string) {
  return z.string().regex(pattern, needed).optional().describe(`${needed}; made of platform.name where none is given`);
}

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

const topology = z.literal('private').describe('the server has an address in the virtual network only');

const network = z
  .union([
    z.strictObject({
      topology,
      existing: z.strictObject({
        environmentSubnet: armId('Microsoft.Network/virtualNetworks/subnets')
          .optional()
          .describe(
            'delegated to Microsoft.App/environments, /27 or larger; not needed for an environment that is brought',
          ),
        databaseSubnet: armId('Microsoft.Network/virtualNetworks/subnets')
          .optional()
          .describe('delegated to Microsoft.DBforPostgreSQL/flexibleServers; not needed for a server that is brought'),
        databaseZone: armId('Microsoft.Network/privateDnsZones')
          .optional()
          .describe('private DNS zone, linked to the network; not needed for a server that is brought'),
      }),
    }),
    z.strictObject({
      topology,
      name: named(/^[A-Za-z0-9][\w.-]{0,62}\w$/, '2 to 64 letters, digits, dots, dashes and underscores'),
      addresses: range.default('10.20.0.0/16').describe('of the virtual network'),
      environmentSubnet: range.default('10.20.0.0/23').describe('/27 or larger'),
      databaseSubnet: range.default('10.20.2.0/28').describe('/28 or larger'),
    }),
    z.strictObject({
      topology: z
        .literal('public')
        .describe('the server has a public address, and a firewall that lets in who is named'),
      firewall: z
        .record(
          z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, '1 to 80 letters, digits, dashes and underscores'),
          z
            .strictObject({ from: address, to: address })
            .refine(isNarrow, 'a range of one /16 at most, or 0.0.0.0 to 0.0.0.0 for every service of Azure'),
        )
        .default({})
        .describe('name → who may connect: egress of the environment, and of whoever promotes'),
    }),
  ])
  .prefault({ topology: 'private' })
  .describe('private for production; public for small teams');

const server = z
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

const gates = z
  .union([
    z.strictObject({
      runner: z.literal('in-process').describe('in the process that runs pulumi, which must reach the server'),
    }),
    z.strictObject({
      runner: z.literal('job').describe('as executions of job sallyport-gates in the environment'),
      image: z
        .string()
        .regex(imageByDigest(), 'an image by digest: name@sha256:<64 hex>')
        .describe('made of Dockerfile'),
      role: armId('Microsoft.Authorization/roleDefinitions')
        .or(
          z
            .string()
            .regex(
              /^\/subscriptions\/[0-9a-f-]{36}\/providers\/Microsoft\.Authorization\/roleDefinitions\/[0-9a-f-]{36}$/i,
            ),
        )
        .optional()
        .describe('ARM id of a role that is there already and may start jobs and move traffic; none is made then'),
      evidence: z
        .union([
          z.strictObject({ existing: existing('Microsoft.Storage/storageAccounts/blobServices/containers') }),
          z.strictObject({
            name: named(/^[a-z0-9]{3,24}$/, '3 to 24 lower-case letters and digits, unique in Azure'),
            container: z
              .string()
              .regex(/^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/, '3 to 63 lower-case letters, digits and dashes')
              .default('evidence'),
          }),
        ])
        .prefault({})
        .describe('storage account and blob container by which questions go in and evidence comes out'),
    }),
  ])
  .prefault({ runner: 'in-process' })
  .describe('where gates run; a private server is reached from inside its network only');

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
  network,
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
  server,
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
  gates,
  endpoint: z
    .string()
    .regex(/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/, 'a loopback address, http://127.0.0.1:PORT')
    .optional()
    .describe('loopback address of a stand-in for the management API, without TLS; the public cloud without it'),
});

export type AzurePlatform = z.infer<typeof azurePlatformSchema>;

function imageByDigest() {
  return /^[^@\s]+@sha256:[0-9a-f]{64}$/;
}

/** One /16 at most: a rule that lets in more is no firewall. The one range that Azure gives a meaning of its own is let through. */
function isNarrow({ from, to }: { readonly from: string; readonly to: string }): boolean {
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return number(from) <= number(to) && number(to) - number(from) < 65_536;
}

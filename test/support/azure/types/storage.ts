import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ArmFailure } from '../../../../infra/local/arm/arm-failure.ts';
import { type ArmType, location, regional, tags } from '../arm-type.ts';

const sku = z.strictObject({
  name: z.enum(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS', 'Premium_LRS']),
});

/** Key Vault, storage, registry and logs. Every storage account has its blobs at `blobEndpoint`. */
export const storageTypes = (blobEndpoint: string): Readonly<Record<string, ArmType>> => ({
  'microsoft.keyvault/vaults': {
    apiVersion: '2024-11-01',
    name: /^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$/,
    body: z.strictObject({
      location,
      tags,
      properties: z.strictObject({
        tenantId: z.string(),
        sku: z.strictObject({ family: z.literal('A'), name: z.enum(['standard', 'premium']) }),
        accessPolicies: z.array(z.never()).optional(),
        enableRbacAuthorization: z.literal(true, 'without RBAC the roles given at the vault have no effect').optional(),
        enableSoftDelete: z.literal(true).optional(),
        enablePurgeProtection: z.literal(true, 'it cannot be false').optional(),
        enabledForDeployment: z.boolean().optional(),
        enabledForDiskEncryption: z.boolean().optional(),
        enabledForTemplateDeployment: z.boolean().optional(),
        softDeleteRetentionInDays: z.number().int().min(7).max(90).optional(),
        publicNetworkAccess: z.enum(['enabled', 'disabled', 'Enabled', 'Disabled']).optional(),
        networkAcls: z
          .strictObject({
            bypass: z.enum(['AzureServices', 'None']),
            defaultAction: z.enum(['Allow', 'Deny']),
            ipRules: z.array(z.strictObject({ value: z.string() })).optional(),
            virtualNetworkRules: z.array(z.strictObject({ id: z.string() })).optional(),
          })
          .optional(),
      }),
    }),
    fixed: [
      'location',
      'properties.tenantId',
      'properties.softDeleteRetentionInDays',
      'properties.enablePurgeProtection',
    ],
    made: (_world, { name }) => ({ vaultUri: `https://${name}.vault.azure.net/`, provisioningState: 'Succeeded' }),
  },
  'microsoft.keyvault/vaults/secrets': {
    apiVersion: '2024-11-01',
    name: /^[A-Za-z0-9-]{1,127}$/,
    body: z.strictObject({
      tags,
      properties: z.strictObject({
        value: z.string(),
        contentType: z.string().optional(),
        attributes: z.strictObject({ enabled: z.boolean().optional() }).optional(),
      }),
    }),
    hidden: ['properties.value'],
    // Each new value is a version of its own.
    made: (_world, { name, parent }, { properties }, before) => {
      const vault = parent.split('/').at(-1);
      const uri = `https://${vault}.vault.azure.net/secrets/${name}`;
      const isSame = before?.body.properties.value === properties.value;
      const version = isSame ? before?.made.secretUriWithVersion : `${uri}/${randomBytes(16).toString('hex')}`;
      return { secretUri: uri, secretUriWithVersion: version };
    },
  },
  'microsoft.storage/storageaccounts': {
    apiVersion: '2024-01-01',
    name: /^[a-z0-9]{3,24}$/,
    body: regional(
      {
        accessTier: z.enum(['Hot', 'Cool']).optional(),
        allowBlobPublicAccess: z.boolean().optional(),
        allowSharedKeyAccess: z.boolean().optional(),
        allowCrossTenantReplication: z.boolean().optional(),
        defaultToOAuthAuthentication: z.boolean().optional(),
        minimumTlsVersion: z.enum(['TLS1_2', 'TLS1_3']).optional(),
        supportsHttpsTrafficOnly: z.boolean().optional(),
        publicNetworkAccess: z.enum(['Enabled', 'Disabled']).optional(),
        isHnsEnabled: z.boolean().optional(),
        networkAcls: z
          .strictObject({
            bypass: z.string().optional(),
            defaultAction: z.enum(['Allow', 'Deny']),
            virtualNetworkRules: z
              .array(z.strictObject({ id: z.string(), action: z.literal('Allow').optional() }))
              .optional(),
            ipRules: z.array(z.strictObject({ value: z.string(), action: z.literal('Allow').optional() })).optional(),
          })
          .optional(),
      },
      { kind: z.literal('StorageV2'), sku },
    ),
    fixed: ['location', 'kind', 'properties.isHnsEnabled'],
    made: () => ({ primaryEndpoints: { blob: blobEndpoint }, provisioningState: 'Succeeded' }),
    settle: async () => undefined,
  },
  'microsoft.storage/storageaccounts/blobservices/containers': {
    apiVersion: '2024-01-01',
    name: /^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/,
    body: z.strictObject({
      properties: z
        .strictObject({
          publicAccess: z.enum(['None', 'Blob', 'Container']).optional(),
          metadata: z.record(z.string(), z.string()).optional(),
        })
        .prefault({}),
    }),
  },
  'microsoft.operationalinsights/workspaces': {
    apiVersion: '2023-09-01',
    name: /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
    body: regional({
      sku: z.strictObject({ name: z.literal('PerGB2018') }),
      retentionInDays: z.number().int().min(30).max(730).optional(),
      workspaceCapping: z.strictObject({ dailyQuotaGb: z.number() }).optional(),
      publicNetworkAccessForIngestion: z.enum(['Enabled', 'Disabled']).optional(),
      publicNetworkAccessForQuery: z.enum(['Enabled', 'Disabled']).optional(),
    }),
    fixed: ['location'],
    made: (_world, _id, _body, before) => ({
      customerId: before?.made.customerId ?? '00000000-0000-0000-0000-00000000000a',
      provisioningState: 'Succeeded',
    }),
    settle: async () => undefined,
    actions: { sharedKeys: () => ({ primarySharedKey: workspaceKey, secondarySharedKey: `${workspaceKey}2` }) },
  },
  'microsoft.containerregistry/registries': {
    apiVersion: '2023-01-01-preview',
    name: /^[A-Za-z0-9]{5,50}$/,
    body: regional(
      {
        adminUserEnabled: z.boolean().optional(),
        anonymousPullEnabled: z.boolean().optional(),
        dataEndpointEnabled: z.boolean().optional(),
        networkRuleBypassOptions: z.enum(['AzureServices', 'None']).optional(),
        publicNetworkAccess: z.enum(['Enabled', 'Disabled']).optional(),
        zoneRedundancy: z.enum(['Enabled', 'Disabled']).optional(),
      },
      { sku: z.strictObject({ name: z.enum(['Basic', 'Standard', 'Premium']) }) },
    ),
    fixed: ['location', 'properties.zoneRedundancy'],
    check: (_world, _id, { sku: { name }, properties }) => {
      if (name !== 'Premium' && properties.publicNetworkAccess === 'Disabled') {
        throw new ArmFailure(400, 'SkuNotSupported', 'Only a Premium registry can be private.');
      }
    },
    made: (_world, { name }) => ({ loginServer: `${name.toLowerCase()}.azurecr.io`, provisioningState: 'Succeeded' }),
    settle: async () => undefined,
  },
});

/** What the environment writes logs with. */
export const workspaceKey = 'key-of-the-workspace';

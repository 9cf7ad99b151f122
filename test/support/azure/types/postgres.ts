import { z } from 'zod';
import { ArmFailure } from '../../../../infra/local/arm/arm-failure.ts';
import { type ArmType, child, regional } from '../arm-type.ts';
import { type ArmWorld, type Json, referred } from '../arm-world.ts';
import type { FlexibleServer } from '../flexible-server.ts';

const guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
const toggle = z.enum(['Enabled', 'Disabled']);

const server = regional(
  {
    version: z.enum(['13', '14', '15', '16', '17', '18']),
    administratorLogin: z.string().optional(),
    administratorLoginPassword: z.string().optional(),
    availabilityZone: z.enum(['', '1', '2', '3']).optional(),
    createMode: z.enum(['Default', 'Create', 'Update']).optional(),
    authConfig: z
      .strictObject({
        activeDirectoryAuth: toggle.optional(),
        passwordAuth: toggle.optional(),
        tenantId: z.string().optional(),
      })
      .optional(),
    backup: z
      .strictObject({
        backupRetentionDays: z.number().int().min(7).max(35).optional(),
        geoRedundantBackup: toggle.optional(),
      })
      .optional(),
    highAvailability: z
      .strictObject({
        mode: z.enum(['Disabled', 'SameZone', 'ZoneRedundant']).optional(),
        standbyAvailabilityZone: z.enum(['', '1', '2', '3']).optional(),
      })
      .optional(),
    network: z
      .strictObject({
        delegatedSubnetResourceId: z.string().optional(),
        privateDnsZoneArmResourceId: z.string().optional(),
        publicNetworkAccess: toggle.optional(),
      })
      .optional(),
    storage: z.strictObject({
      storageSizeGB: z.number().int().min(32).max(32_767),
      autoGrow: toggle.optional(),
      type: z.enum(['Premium_LRS', 'PremiumV2_LRS']).optional(),
      tier: z.string().optional(),
    }),
    maintenanceWindow: z
      .strictObject({
        customWindow: toggle,
        dayOfWeek: z.number().int().min(0).max(6),
        startHour: z.number().int().min(0).max(23),
        startMinute: z.number().int().min(0).max(59),
      })
      .optional(),
  },
  { sku: z.strictObject({ name: z.string(), tier: z.enum(['Burstable', 'GeneralPurpose', 'MemoryOptimized']) }) },
);

const sizes = { Burstable: /^Standard_B/, GeneralPurpose: /^Standard_D/, MemoryOptimized: /^Standard_E/ } as const;

/** The flexible server and what is in it, with a real PostgreSQL behind them. */
export function postgresTypes(real: FlexibleServer): Readonly<Record<string, ArmType>> {
  const type = 'microsoft.dbforpostgresql/flexibleservers';
  return {
    [type]: {
      apiVersion: '2025-08-01',
      name: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
      body: server,
      fixed: [
        'location',
        'properties.administratorLogin',
        'properties.availabilityZone',
        'properties.backup.geoRedundantBackup',
        'properties.network.delegatedSubnetResourceId',
      ],
      hidden: ['properties.administratorLoginPassword', 'properties.createMode'],
      check: (world, _id, body, before) => checkServer(world, body, before?.body),
      made: (_world, _id, { properties }, before) => ({
        state: 'Ready',
        fullyQualifiedDomainName: '127.0.0.1',
        minorVersion: '0',
        backup: {
          ...properties.backup,
          earliestRestoreDate: before?.made.backup.earliestRestoreDate ?? new Date().toISOString(),
        },
      }),
      settle: (_world, { body }) => real.start(body.properties.version),
      remove: () => real.stop(),
    },
    [`${type}/databases`]: {
      apiVersion: '2025-08-01',
      name: /^[A-Za-z_][\w-]{0,62}$/,
      body: child({ charset: z.enum(['UTF8']).optional(), collation: z.string().optional() }),
      fixed: ['properties.charset', 'properties.collation'],
      settle: (_world, { name }) => real.createDatabase(name),
      remove: (_world, { name }) => real.dropDatabase(name),
    },
    [`${type}/configurations`]: {
      apiVersion: '2025-08-01',
      name: /^[a-z][a-z0-9_.]*$/,
      body: child({ value: z.string(), source: z.enum(['user-override', 'system-default']).optional() }),
      settle: (_world, { name, body }) => real.configure(name, body.properties.value),
    },
    [`${type}/firewallrules`]: {
      apiVersion: '2025-08-01',
      name: /^[\w-]{1,80}$/,
      body: child({ startIpAddress: z.ipv4(), endIpAddress: z.ipv4() }),
      check: (world, { parent }) => {
        const { network } = referred(world, 'serverName', parent, type).body.properties;
        if (network?.delegatedSubnetResourceId !== undefined) {
          throw new ArmFailure(400, 'OperationNotSupported', 'A server in a virtual network has no firewall rules.');
        }
      },
      settle: async () => undefined,
    },
    [`${type}/administrators`]: {
      apiVersion: '2025-08-01',
      name: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
      body: child({
        objectId: guid.optional(),
        principalName: z.string().min(1).max(63),
        principalType: z.string().regex(/^(User|Group|ServicePrincipal)$/i),
        tenantId: guid,
      }),
      fixed: ['properties.principalName', 'properties.principalType', 'properties.tenantId'],
      check: (world, { parent }) => {
        const { authConfig } = referred(world, 'serverName', parent, type).body.properties;
        if (authConfig?.activeDirectoryAuth !== 'Enabled') {
          throw new ArmFailure(
            400,
            'AadAuthOperationCannotBePerformed',
            'Microsoft Entra authentication is not enabled.',
          );
        }
      },
      settle: (_world, { body }) => real.createAdministrator(body.properties.principalName),
      remove: async () => undefined,
    },
  };
}

function checkServer(world: ArmWorld, { sku, properties }: Json, before: Json | undefined): void {
  const { authConfig, network, highAvailability, storage, version } = properties;
  const refuse = (message: string): never => {
    throw new ArmFailure(400, 'InvalidParameterValue', message);
  };
  if (!sizes[sku.tier as keyof typeof sizes].test(sku.name)) refuse(`${sku.name} is no size of tier ${sku.tier}`);
  if (sku.tier === 'Burstable' && (highAvailability?.mode ?? 'Disabled') !== 'Disabled') {
    refuse('a Burstable server has no high availability');
  }
  const passwords = authConfig?.passwordAuth !== 'Disabled';
  if (passwords && !before && !(properties.administratorLogin && properties.administratorLoginPassword)) {
    refuse('with password authentication an administrator and his password are needed');
  }
  if (!passwords && authConfig?.activeDirectoryAuth !== 'Enabled') refuse('no way to sign in is enabled');
  if (!passwords && properties.administratorLoginPassword) refuse('a password where passwords are disabled');
  if (authConfig?.activeDirectoryAuth === 'Enabled' && authConfig.tenantId !== world.tenantId)
    refuse('authConfig.tenantId');
  if (before && Number(version) < Number(before.properties.version)) refuse('a server is not downgraded');
  if (before && storage.storageSizeGB < before.properties.storage.storageSizeGB) refuse('storage does not shrink');
  if (network?.delegatedSubnetResourceId !== undefined) checkNetwork(world, network, refuse);
  else if (network?.privateDnsZoneArmResourceId !== undefined) refuse('a DNS zone without a delegated subnet');
}

function checkNetwork(world: ArmWorld, network: Json, refuse: (message: string) => never): void {
  const { delegatedSubnetResourceId: subnetId, privateDnsZoneArmResourceId: zoneId, publicNetworkAccess } = network;
  if (publicNetworkAccess === 'Enabled') refuse('a server in a virtual network has no public access');
  const subnet = referred(world, 'delegatedSubnetResourceId', subnetId, 'Microsoft.Network/virtualNetworks/subnets');
  const [delegation] = subnet.body.properties.delegations ?? [];
  if (delegation?.properties.serviceName !== 'Microsoft.DBforPostgreSQL/flexibleServers') {
    refuse(`subnet ${subnet.name} is not delegated to Microsoft.DBforPostgreSQL/flexibleServers`);
  }
  if (zoneId === undefined) refuse('a server in a virtual network needs a private DNS zone');
  const zone = referred(world, 'privateDnsZoneArmResourceId', zoneId, 'Microsoft.Network/privateDnsZones');
  if (!zone.name.endsWith('.postgres.database.azure.com')) refuse('the zone ends with .postgres.database.azure.com');
  const own = subnetId.split('/subnets/')[0].toLowerCase();
  const isLinked = [...world.resources.values()].some(
    ({ id, body }) =>
      id.toLowerCase().startsWith(`${zone.id.toLowerCase()}/virtualnetworklinks/`) &&
      body.properties.virtualNetwork.id.toLowerCase() === own,
  );
  if (!isLinked) refuse('the zone is not linked to the network of the subnet');
}

import { AdministratorsMicrosoftEntra } from '@pulumi/azure-native/dbforpostgresql/administratorsMicrosoftEntra.js';
import { Configuration } from '@pulumi/azure-native/dbforpostgresql/configuration.js';
import { Database } from '@pulumi/azure-native/dbforpostgresql/database.js';
import { FirewallRule } from '@pulumi/azure-native/dbforpostgresql/firewallRule.js';
import { Server } from '@pulumi/azure-native/dbforpostgresql/server.js';
import * as pulumi from '@pulumi/pulumi';
import type { DatabaseAddress } from '../platform.ts';
import { nameIn, resourceGroupIn } from './arm-id.ts';
import { knownAfter } from './known-after.ts';
import type { NetworkIds } from './network.ts';
import type { Place } from './place.ts';

/** A Microsoft Entra administrator of the server. */
export interface Administrator {
  readonly name: string;
  readonly objectId: pulumi.Input<string>;
  readonly type: 'User' | 'Group' | 'ServicePrincipal';
}

interface DatabaseServerArgs {
  readonly network: NetworkIds;
  /** By the name of the resource that makes one. */
  readonly administrators: Readonly<Record<string, Administrator>>;
}

const demandTls = { require_secure_transport: 'ON', ssl_min_protocol_version: 'TLSv1.2' };

/** The server with its administrators, parameters and database; of a brought one, only the database is made. */
export class DatabaseServer extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  /** Known once all of it is there. */
  readonly address: pulumi.Output<DatabaseAddress>;

  constructor(
    name: string,
    place: Place,
    { network, administrators }: DatabaseServerArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('sallyport:azure:DatabaseServer', name, {}, opts);
    const { platform } = place;
    const server = flexibleServer(`${name}-server`, place, network, { parent: this });
    const of = { resourceGroupName: server.id.apply(resourceGroupIn), serverName: server.id.apply(nameIn) };
    const made: pulumi.CustomResource[] = [server];
    // The service refuses a change while another one runs (ServerIsBusy), so each comes after the one before.
    const next = () => ({
      parent: this,
      dependsOn: made.at(-1) as pulumi.CustomResource,
      // What is on a server that is left goes with it out of the state, and stays on it.
      ...(platform.protect && { deletedWith: server }),
    });
    if (!('existing' in platform.server)) {
      for (const [key, { name: principalName, objectId, type }] of Object.entries(administrators)) {
        const principalType = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
        const args = { ...of, objectId, principalName, principalType, tenantId: platform.tenant };
        made.push(new AdministratorsMicrosoftEntra(`${name}-administrator-${key}`, args, next()));
      }
      for (const [configurationName, value] of Object.entries({ ...platform.server.parameters, ...demandTls })) {
        const args = { ...of, configurationName, value, source: 'user-override' };
        made.push(new Configuration(`${name}-parameter-${configurationName}`, args, next()));
      }
      const firewall = platform.network.topology === 'public' ? platform.network.firewall : {};
      for (const [firewallRuleName, { from, to }] of Object.entries(firewall)) {
        const args = { ...of, firewallRuleName, startIpAddress: from, endIpAddress: to };
        made.push(new FirewallRule(`${name}-firewall-${firewallRuleName}`, args, next()));
      }
    }
    if (!platform.database.existing) {
      const args = { ...of, databaseName: platform.database.name, charset: 'UTF8', collation: 'en_US.utf8' };
      made.push(
        new Database(`${name}-database`, args, {
          ...next(),
          protect: platform.protect,
          retainOnDelete: platform.protect,
        }),
      );
    }
    this.id = server.id;
    const tls = platform.endpoint === undefined;
    const { name: database, port } = platform.database;
    this.address = knownAfter(
      server.fullyQualifiedDomainName,
      made.map((each) => each.id),
    ).apply((host) => ({ host, port, database, tls }));
    this.registerOutputs({ address: this.address });
  }
}

function flexibleServer(
  name: string,
  { platform, names, resourceGroup }: Place,
  network: NetworkIds,
  opts: pulumi.CustomResourceOptions,
): Server {
  const { server, protect, location, tenant } = platform;
  // Under a name of its own: read under that of one that was made, it would replace that one, which is deleted then.
  if ('existing' in server) return Server.get(`${name}-brought`, server.existing, opts);
  const withPassword = server.authentication === 'entra-and-password';
  const subnet = network.databaseSubnet;
  return new Server(
    name,
    {
      resourceGroupName: resourceGroup,
      serverName: names.server,
      location,
      createMode: 'Create',
      version: server.version,
      sku: { name: server.sku, tier: server.tier },
      storage: { storageSizeGB: server.storageGb, autoGrow: 'Enabled' },
      authConfig: {
        activeDirectoryAuth: 'Enabled',
        passwordAuth: withPassword ? 'Enabled' : 'Disabled',
        tenantId: tenant,
      },
      ...(withPassword && {
        administratorLogin: 'sallyport',
        administratorLoginPassword: new pulumi.Config('sallyport').requireSecret('server-administrator-password'),
      }),
      backup: {
        backupRetentionDays: server.retentionDays,
        geoRedundantBackup: server.geoRedundantBackup ? 'Enabled' : 'Disabled',
      },
      highAvailability: { mode: server.highAvailability },
      network:
        subnet === undefined
          ? { publicNetworkAccess: 'Enabled' }
          : {
              delegatedSubnetResourceId: subnet,
              ...(network.databaseZone !== undefined && { privateDnsZoneArmResourceId: network.databaseZone }),
              publicNetworkAccess: 'Disabled',
            },
    },
    // The application may leave it for another one (docs/cutover.md): out of the state it goes, and not out of Azure.
    { ...opts, protect, retainOnDelete: protect },
  );
}

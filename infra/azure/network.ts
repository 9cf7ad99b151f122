import { Subnet } from '@pulumi/azure-native/network/subnet.js';
import { VirtualNetwork } from '@pulumi/azure-native/network/virtualNetwork.js';
import * as pulumi from '@pulumi/pulumi';
import type { Place } from './place.ts';
import { privateZone } from './private-zone.ts';

/** ARM ids of what environment and server are put into; each absent where it is not needed. */
export interface NetworkIds {
  readonly environmentSubnet?: pulumi.Input<string>;
  readonly databaseSubnet?: pulumi.Input<string>;
  readonly databaseZone?: pulumi.Input<string>;
}

/** IPv4 ranges of the network and its subnets. */
type Ranges = Readonly<Record<'addresses' | 'environmentSubnet' | 'databaseSubnet', string>>;

/** The private topology: a virtual network with a subnet for the environment, and one with a private DNS zone for the server. */
export class Network extends pulumi.ComponentResource {
  readonly ids: NetworkIds;

  constructor(name: string, place: Place, ranges: Ranges, opts: pulumi.ComponentResourceOptions) {
    super('sallyport:azure:Network', name, {}, opts);
    const within = { parent: this };
    const { names, platform } = place;
    const group = { resourceGroupName: place.resourceGroup };
    const addressSpace = { addressPrefixes: [ranges.addresses] };
    const network = new VirtualNetwork(
      `${name}-vnet`,
      { ...group, virtualNetworkName: names.network, location: platform.location, addressSpace },
      within,
    );
    const subnet = (kind: string, addressPrefix: string, serviceName: string, dependsOn: pulumi.Resource[] = []) => {
      const delegations = [{ name: kind, serviceName }];
      const args = { ...group, virtualNetworkName: network.name, subnetName: kind, addressPrefix, delegations };
      return new Subnet(`${name}-${kind}`, args, { ...within, dependsOn });
    };
    const environment = subnet('environment', ranges.environmentSubnet, 'Microsoft.App/environments');
    this.ids = { environmentSubnet: environment.id };
    // A server that is brought has a network of its own, or a public address.
    if (!('existing' in platform.server)) {
      // The service refuses two changes of a network at once.
      const database = subnet('database', ranges.databaseSubnet, flexibleServers, [environment]);
      const databaseZone = privateZone(`${name}-zone`, place, network.id, within);
      this.ids = { ...this.ids, databaseSubnet: database.id, databaseZone };
    }
    this.registerOutputs(this.ids);
  }
}

const flexibleServers = 'Microsoft.DBforPostgreSQL/flexibleServers';

/** The network of an estate: made, brought, or none. */
export function networkIds(name: string, place: Place, opts: pulumi.ComponentResourceOptions): NetworkIds {
  const { network, environment, server } = place.platform;
  if (network.topology === 'public') return {};
  if ('existing' in network) return network.existing as NetworkIds;
  // Where both are brought, they are in networks of their own.
  if ('existing' in environment && 'existing' in server) return {};
  return new Network(name, place, network, opts).ids;
}

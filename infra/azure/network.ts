import { Subnet } from '@pulumi/azure-native/network/subnet.js';
import { VirtualNetwork } from '@pulumi/azure-native/network/virtualNetwork.js';
import { PrivateZone } from '@pulumi/azure-native/privatedns/privateZone.js';
import { VirtualNetworkLink } from '@pulumi/azure-native/privatedns/virtualNetworkLink.js';
import * as pulumi from '@pulumi/pulumi';
import { knownAfter } from './known-after.ts';
import type { Place } from './place.ts';

/** ARM ids of what environment and server are put into; each absent where it is not needed. */
export interface NetworkIds {
  readonly environmentSubnet?: pulumi.Input<string>;
  readonly databaseSubnet?: pulumi.Input<string>;
  readonly databaseZone?: pulumi.Input<string>;
}

/** The private topology: a virtual network with a subnet each for environment and server, and the server's private DNS zone. */
export class Network extends pulumi.ComponentResource {
  readonly ids: NetworkIds;

  constructor(
    name: string,
    { resourceGroup, names, platform }: Place,
    ranges: { readonly addresses: string; readonly environmentSubnet: string; readonly databaseSubnet: string },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('sallyport:azure:Network', name, {}, opts);
    const within = { parent: this };
    const group = { resourceGroupName: resourceGroup };
    const network = new VirtualNetwork(
      `${name}-vnet`,
      {
        ...group,
        virtualNetworkName: names.network,
        location: platform.location,
        addressSpace: { addressPrefixes: [ranges.addresses] },
      },
      within,
    );
    const subnet = (
      kind: string,
      addressPrefix: string,
      serviceName: string,
      subnetOpts: pulumi.CustomResourceOptions,
    ) =>
      new Subnet(
        `${name}-${kind}`,
        {
          ...group,
          virtualNetworkName: network.name,
          subnetName: kind,
          addressPrefix,
          delegations: [{ name: kind, serviceName }],
        },
        subnetOpts,
      );
    const environment = subnet('environment', ranges.environmentSubnet, 'Microsoft.App/environments', within);
    // The service refuses two changes of a network at once.
    const database = subnet('database', ranges.databaseSubnet, 'Microsoft.DBforPostgreSQL/flexibleServers', {
      ...within,
      dependsOn: [environment],
    });
    const privateZoneName = `${names.server}.private.postgres.database.azure.com`;
    const zone = new PrivateZone(`${name}-zone`, { ...group, privateZoneName, location: 'global' }, within);
    const link = new VirtualNetworkLink(
      `${name}-zone-link`,
      {
        ...group,
        privateZoneName: zone.name,
        virtualNetworkLinkName: names.network,
        location: 'global',
        registrationEnabled: false,
        virtualNetwork: { id: network.id },
      },
      within,
    );
    this.ids = {
      environmentSubnet: environment.id,
      databaseSubnet: database.id,
      databaseZone: knownAfter(zone.id, [link.id]),
    };
    this.registerOutputs(this.ids);
  }
}

/** The network of an estate: made, brought, or none. */
export function networkIds(name: string, place: Place, opts: pulumi.ComponentResourceOptions): NetworkIds {
  const { network, environment, server } = place.platform;
  if (network.topology === 'public') return {};
  if ('existing' in network) return network.existing as NetworkIds;
  // Where both are brought, they are in networks of their own.
  if ('existing' in environment && 'existing' in server) return {};
  return new Network(name, place, network, opts).ids;
}

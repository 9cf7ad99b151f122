import { PrivateZone } from '@pulumi/azure-native/privatedns/privateZone.js';
import { VirtualNetworkLink } from '@pulumi/azure-native/privatedns/virtualNetworkLink.js';
import type * as pulumi from '@pulumi/pulumi';
import { knownAfter } from './known-after.ts';
import type { Place } from './place.ts';

/** ARM id of the zone in which the network finds the server's private address, known once it is linked to the network. */
export function privateZone(
  name: string,
  { resourceGroup, names }: Place,
  networkId: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const group = { resourceGroupName: resourceGroup, location: 'global' };
  const privateZoneName = `${names.server}.private.postgres.database.azure.com`;
  const zone = new PrivateZone(name, { ...group, privateZoneName }, opts);
  const link = new VirtualNetworkLink(
    `${name}-link`,
    {
      ...group,
      privateZoneName: zone.name,
      virtualNetworkLinkName: names.network,
      registrationEnabled: false,
      virtualNetwork: { id: networkId },
    },
    opts,
  );
  return knownAfter(zone.id, [link.id]);
}

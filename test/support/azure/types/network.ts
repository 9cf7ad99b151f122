import { z } from 'zod';
import { ArmFailure } from '../../../../infra/local/arm/arm-failure.ts';
import { type ArmType, regional, tags } from '../arm-type.ts';
import { referred } from '../arm-world.ts';

const delegation = z.strictObject({
  name: z.string().min(1),
  id: z.string().optional(),
  properties: z.strictObject({
    serviceName: z.enum(['Microsoft.App/environments', 'Microsoft.DBforPostgreSQL/flexibleServers']),
  }),
});

const subnet = z.strictObject({
  addressPrefix: z.cidrv4(),
  delegations: z.array(delegation).max(1).optional(),
  privateEndpointNetworkPolicies: z.enum(['Disabled', 'Enabled']).optional(),
  privateLinkServiceNetworkPolicies: z.enum(['Disabled', 'Enabled']).optional(),
  serviceEndpoints: z.array(z.strictObject({ service: z.string() })).optional(),
  defaultOutboundAccess: z.boolean().optional(),
});

const global = z.literal('global', 'private DNS has no region: global');

/** Networks and private DNS. */
export const networkTypes: Readonly<Record<string, ArmType>> = {
  'microsoft.network/virtualnetworks': {
    apiVersion: '2024-05-01',
    name: /^[A-Za-z0-9][\w.-]{0,62}\w$/,
    body: regional({
      addressSpace: z.strictObject({ addressPrefixes: z.array(z.cidrv4()).min(1) }),
      enableDdosProtection: z.boolean().optional(),
      enableVmProtection: z.boolean().optional(),
    }),
  },
  'microsoft.network/virtualnetworks/subnets': {
    apiVersion: '2024-05-01',
    name: /^[A-Za-z0-9][\w.-]{0,78}\w$/,
    body: z.strictObject({ name: z.string().optional(), properties: subnet }),
    check: (world, { parent }, { properties }) => {
      const network = referred(world, 'virtualNetworkName', parent, 'Microsoft.Network/virtualNetworks');
      const spaces: string[] = network.body.properties.addressSpace.addressPrefixes;
      const inside = spaces.some((space) => contains(space, properties.addressPrefix));
      if (!inside) throw new ArmFailure(400, 'NetcfgInvalidSubnet', `${properties.addressPrefix} is not in ${spaces}.`);
      const siblings = [...world.resources.values()].filter(({ id }) => id.startsWith(`${parent}/subnets/`));
      const taken = siblings.find(
        (other) =>
          other.body.properties.addressPrefix !== properties.addressPrefix &&
          (contains(other.body.properties.addressPrefix, properties.addressPrefix) ||
            contains(properties.addressPrefix, other.body.properties.addressPrefix)),
      );
      if (taken) throw new ArmFailure(400, 'NetcfgSubnetRangesOverlap', `it overlaps with subnet ${taken.name}.`);
    },
  },
  'microsoft.network/privatednszones': {
    apiVersion: '2024-06-01',
    name: /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]+$/,
    body: z.strictObject({ location: global, tags }),
  },
  'microsoft.network/privatednszones/virtualnetworklinks': {
    apiVersion: '2024-06-01',
    name: /^[A-Za-z0-9][\w.-]{0,78}\w$/,
    body: z.strictObject({
      location: global,
      tags,
      properties: z.strictObject({
        virtualNetwork: z.strictObject({ id: z.string() }),
        registrationEnabled: z.boolean(),
        resolutionPolicy: z.string().optional(),
      }),
    }),
    fixed: ['properties.virtualNetwork.id'],
    check: (world, _id, { properties }) => {
      referred(world, 'virtualNetwork.id', properties.virtualNetwork.id, 'Microsoft.Network/virtualNetworks');
    },
  },
};

/** Whether the second IPv4 range lies in the first. */
function contains(outer: string, inner: string): boolean {
  const [base, bits] = numbersOf(outer);
  const [address, length] = numbersOf(inner);
  const size = 2 ** (32 - bits);
  return length >= bits && Math.floor(address / size) === Math.floor(base / size);
}

function numbersOf(range: string): [number, number] {
  const [address = '', bits = '32'] = range.split('/');
  return [address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0), Number(bits)];
}

import { z } from 'zod';
import { armId, named } from './azure-resource-config.ts';

const address = z.ipv4('an IPv4 address');
const range = z.cidrv4('an IPv4 range such as 10.20.0.0/23');

const topology = z.literal('private').describe('the server has an address in the virtual network only');

/** `platform.network`: made, brought, or none. */
export const networkSchema = z
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

/** One /16 at most: a rule that lets in more is no firewall. The one range that Azure gives a meaning of its own is let through. */
function isNarrow({ from, to }: { readonly from: string; readonly to: string }): boolean {
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return number(from) <= number(to) && number(to) - number(from) < 65_536;
}

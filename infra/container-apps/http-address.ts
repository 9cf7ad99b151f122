import type { PlatformAddress } from '../platform.ts';

/** The address of a name that the platform gave: https in the cloud, plain http on loopback. */
export function httpAddress(platform: PlatformAddress, fqdn: string | undefined): string | undefined {
  if (!fqdn) return undefined;
  return `${platform.kind === 'local' ? 'http' : 'https'}://${fqdn}`;
}

import type { PlatformAddress } from '../platform.ts';
import { isLoopbackApp, onLoopback } from './loopback.ts';

/** The address of a name that the platform gave: https, and http only from loopback to loopback. */
export function httpAddress(platform: PlatformAddress, fqdn: string | undefined): string | undefined {
  if (!fqdn) return undefined;
  const plain = onLoopback(platform) && isLoopbackApp(fqdn);
  return `${plain ? 'http' : 'https'}://${fqdn}`;
}

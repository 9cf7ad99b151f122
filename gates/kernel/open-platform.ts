import { openLocalPlatform } from '../../infra/local/open-local-platform.ts';
import type { Platform, PlatformAddress } from '../../infra/platform.ts';
import { gateError } from './gate-error.ts';

/** Opens the platform that an address names. */
export async function openPlatform(address: PlatformAddress): Promise<Platform> {
  switch (address.kind) {
    case 'local':
      return openLocalPlatform(address);
    case 'azure':
      throw gateError('INPUTS_INVALID', 'sallyport:platform', 'azure', 'local, the only platform of this version');
    default:
      return address.kind satisfies never;
  }
}

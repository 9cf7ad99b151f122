import type { SecretSpec } from './container-apps/container-apps.ts';
import type { PlatformAddress } from './platform.ts';

/** How a container on a platform refers to one of the platform's secrets: by reference, so its value never passes us. */
export function secretReference(platform: PlatformAddress, name: string): SecretSpec {
  switch (platform.kind) {
    case 'local':
      return { name, keyVaultUrl: `local://secrets/${name}` };
    case 'azure':
      throw new Error('secrets of platform azure are declared with the app');
    default:
      return platform.kind satisfies never;
  }
}

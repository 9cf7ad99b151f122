import { sha256 } from '../../gates/kernel/digest.ts';
import type { AzurePlatform } from '../../stacks/azure-config.ts';
import { namesOf } from './names.ts';

/**
 * The name of a resource that must be a GUID, unique in the tenant: the same for the same resource of the same estate,
 * so that a lost state finds what is there (version 8 of RFC 9562: of a hash, chosen by the application).
 */
export function stableGuid(platform: AzurePlatform, resource: string): string {
  const { subscription, name } = platform;
  const hex = sha256([subscription, namesOf(platform).resourceGroup, name, resource].join('/').toLowerCase());
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

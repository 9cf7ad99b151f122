import { openLocalPlatform } from '../../infra/local/open-local-platform.ts';
import { secretValues } from '../../infra/local/secrets.ts';
import type { Platform, PlatformAddress } from '../../infra/platform.ts';
import { gateError } from './gate-error.ts';
import { keepSecret } from './redact.ts';

/** Opens the platform that an address names. */
export async function openPlatform(address: PlatformAddress): Promise<Platform> {
  switch (address.kind) {
    case 'local':
      // A job or a service may print what it was given, and a gate shows the lines.
      for (const secret of await secretValues(address.directory ?? '')) keepSecret(secret);
      return openLocalPlatform(address);
    case 'azure': {
      if (address.azure === undefined) {
        throw gateError('INPUTS_INVALID', 'platform.azure', 'nothing', 'tenant, server, logs and runner of the estate');
      }
      // Not loaded by a promotion on this machine.
      const { openAzurePlatform } = await import('../../infra/azure/open-azure-platform.ts');
      const { azureCredential } = await import('./azure-credential.ts');
      return openAzurePlatform(address, await azureCredential(address.azure.tenantId));
    }
    default:
      return address.kind satisfies never;
  }
}

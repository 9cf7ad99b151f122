import type { TokenCredential } from '@azure/core-auth';
import { openContainerApps } from '../container-apps/open-container-apps.ts';
import type { Platform, PlatformAddress } from '../platform.ts';
import { azurePointer } from './pointer.ts';

/** What PostgreSQL Flexible Server wants as a password: a token of this scope, with `/.default` for every credential. */
const databaseScope = 'https://ossrdbms-aad.database.windows.net/.default';

/** Opens Azure as whoever the credential stands for. Nothing is asked before the first call. */
export function openAzurePlatform(address: PlatformAddress, credential: TokenCredential): Platform {
  const apps = openContainerApps(address, credential);
  return {
    address,
    apps,
    pointer: azurePointer(apps),
    // Of every role: a token says who asks, and the server knows by it whether that may be the role.
    databasePassword: async () => {
      const found = await credential.getToken(databaseScope);
      if (!found) throw new Error('the credential gave no token for the database');
      return found.token;
    },
    readServer: async (signal) => {
      const { openFlexibleServer } = await import('../postgres-flexible/open-flexible-server.ts');
      const { endpoint, azure } = address;
      if (azure === undefined) throw new TypeError('an address of kind azure says which server is meant');
      return openFlexibleServer(azure.serverId, credential, { endpoint, signal }).read();
    },
  };
}

import { openContainerApps } from '../container-apps/open-container-apps.ts';
import type { Platform, PlatformAddress } from '../platform.ts';
import { EnvironmentError } from './environment-error.ts';
import { environmentPaths } from './environment-paths.ts';
import { openWorkbench } from './open-workbench.ts';
import { localPointer } from './pointer.ts';
import { readSecret } from './secrets.ts';
import { readIfThere } from './write-atomic.ts';

/** Opens the local platform at its address: token and passwords come from the environment's 0600 files. */
export async function openLocalPlatform(address: PlatformAddress): Promise<Platform> {
  const { kind, directory } = address;
  if (kind !== 'local' || directory === undefined) {
    throw new EnvironmentError(
      'NOT_A_LOCAL_ADDRESS',
      `a local address with a directory is needed, found kind "${kind}"`,
    );
  }
  const paths = environmentPaths(directory);
  const getToken = async () => {
    const token = await readIfThere(paths.token);
    if (token) return { token, expiresOnTimestamp: Number.MAX_SAFE_INTEGER };
    throw new EnvironmentError('TOKEN_MISSING', `there is no token in ${directory}; start the environment first`);
  };
  return {
    address,
    apps: openContainerApps(address, { getToken }),
    databasePassword: (role) => readSecret(paths.directory, `database-password-${role}`),
    pointer: localPointer(paths.directory),
    workbench: openWorkbench(paths.directory),
  };
}

import { gateError } from '../kernel/gate-error.ts';
import type { World } from '../kernel/world.ts';
import { openRestored, type RestoringStore } from './point-store.ts';

/** Copies of the whole server, taken by the platform while it serves. */
export async function baseBackupStore(world: World): Promise<RestoringStore> {
  const backups = (await world.platform()).workbench?.backups;
  if (backups === undefined) {
    const found = "a platform that does not reach the server's files";
    throw gateError('RESTORE_POINT_UNSUPPORTED', 'base-backup', found, 'the local platform, or another strategy');
  }
  return {
    proof: 'restored',
    list: () => backups.list(),
    take: (name) => backups.take(name),
    open: async (name) => {
      const server = await backups.open(name);
      return openRestored(world, server.database, () => server.close());
    },
    remove: (name) => backups.remove(name),
  };
}

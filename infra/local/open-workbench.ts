import type { BaseBackups, ImageProgram, Workbench } from '../platform.ts';
import { ArmFailure } from './arm/arm-failure.ts';
import { containerProcess } from './container-process.ts';
import { EnvironmentError } from './environment-error.ts';
import { environmentPaths } from './environment-paths.ts';
import { serverOfDatabase } from './pointer.ts';
import { localBackups } from './postgres/base-backup.ts';
import { openThrowAway } from './postgres/throw-away-server.ts';
import { runToEnd } from './process/run-to-end.ts';

/**
 * Throw-away servers, base backups and programs of images, on this machine; like the server that has the application's
 * database, wherever it was pointed to.
 */
export function openWorkbench(directory: string): Workbench {
  return {
    openScratch: async (name) => openThrowAway((await serverOfDatabase(directory)).directory, name),
    openBootstrapped: async (name) =>
      openThrowAway((await serverOfDatabase(directory)).directory, name, undefined, true),
    run: async (program, signal) => runToEnd(await specOf(directory, program), signal),
    backups: backupsOf(directory),
  };
}

function backupsOf(directory: string): BaseBackups {
  const at = async () => localBackups((await serverOfDatabase(directory)).directory);
  return {
    list: async () => (await at()).list(),
    take: async (name) => (await at()).take(name),
    remove: async (name) => (await at()).remove(name),
    open: async (name) => {
      const server = await serverOfDatabase(directory);
      const opened = await localBackups(server.directory).open(name);
      const { database = opened.database.database } = server;
      return { ...opened, database: { ...opened.database, database } };
    },
  };
}

async function specOf(directory: string, { image, command, env }: ImageProgram) {
  const container = {
    name: 'program',
    image,
    command: [...command],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
  };
  try {
    return await containerProcess(environmentPaths(directory), container, [], {});
  } catch (error) {
    throw error instanceof ArmFailure ? new EnvironmentError('IMAGE_MISSING', error.message) : error;
  }
}

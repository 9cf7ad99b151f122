import type { ImageProgram, Workbench } from '../platform.ts';
import { ArmFailure } from './arm/arm-failure.ts';
import { containerProcess } from './container-process.ts';
import { EnvironmentError } from './environment-error.ts';
import { environmentPaths } from './environment-paths.ts';
import { localBackups } from './postgres/base-backup.ts';
import { openThrowAway } from './postgres/throw-away-server.ts';
import { runToEnd } from './process/run-to-end.ts';

/** Throw-away servers, base backups and programs of images, on this machine. */
export function openWorkbench(directory: string): Workbench {
  return {
    openScratch: (name) => openThrowAway(directory, name),
    openBootstrapped: (name) => openThrowAway(directory, name, undefined, true),
    run: async (program, signal) => runToEnd(await specOf(directory, program), signal),
    backups: localBackups(directory),
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

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { environmentPaths } from '../../infra/local/environment-paths.ts';
import { imageDirectory } from '../../infra/local/images.ts';
import type { PlatformAddress } from '../../infra/platform.ts';
import { projectRoot } from '../kernel/project-root.ts';
import type { RehearseSettings } from './facts.ts';

/**
 * A folder with what the image of a service has: of the local platform's store, by digest; elsewhere the one that the
 * configuration names. Undefined where there is none.
 */
export async function imageFolder(
  platform: PlatformAddress,
  images: RehearseSettings['images'],
  name: string,
  image: string,
): Promise<string | undefined> {
  switch (platform.kind) {
    case 'local':
      return imageDirectory(environmentPaths(platform.directory ?? '').images, image);
    case 'azure':
      return folderNamed(images[name]);
    default:
      return platform.kind satisfies never;
  }
}

async function folderNamed(folder: string | undefined): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  const path = resolve(projectRoot, folder);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found?.isDirectory() ? path : undefined;
}

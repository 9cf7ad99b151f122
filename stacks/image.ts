import { readdir } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import { projectRoot } from '../gates/kernel/project-root.ts';
import { imageDigest, importImage } from '../infra/local/images.ts';

/**
 * An image by digest. On the local platform a directory is an image too: it goes into the environment's store under the
 * digest of its content, as a build pushes to a registry before it promotes. Elsewhere there is no `localDirectory`.
 */
export async function resolveImage(image: string, localDirectory: string | undefined): Promise<string> {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return image;
  if (localDirectory === undefined) throw new Error('not by digest');
  const source = isAbsolute(image) ? image : resolve(projectRoot, image);
  // It would have a digest, and fail only when a process is started in it.
  if ((await readdir(source)).length === 0) throw new Error('an empty directory');
  const digest = await imageDigest(source);
  await importImage(localDirectory, source, digest);
  const name = basename(source)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-');
  return `${name}@sha256:${digest.replace(/^sha256:/, '')}`;
}

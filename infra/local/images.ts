import { createHash, randomBytes } from 'node:crypto';
import { cp, lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { EnvironmentError } from './environment-error.ts';
import { environmentPaths } from './environment-paths.ts';

/** How many files of an image are read side by side. */
const filesAtOnce = 16;

const IGNORED = new Set(['node_modules', '.git']);

/** The digest of a directory as an image: sha256 over its sorted paths, executable bits and contents, as 64 hex digits. */
export async function imageDigest(sourceDirectory: string): Promise<string> {
  const hash = createHash('sha256');
  const paths = await imageFiles(sourceDirectory, '');
  for (let at = 0; at < paths.length; at += filesAtOnce) {
    const some = paths.slice(at, at + filesAtOnce);
    for (const entry of await Promise.all(some.map((path) => entryOf(sourceDirectory, path)))) hash.update(entry);
  }
  return hash.digest('hex');
}

async function entryOf(sourceDirectory: string, path: string): Promise<string> {
  const file = join(sourceDirectory, path);
  const [{ mode }, content] = await Promise.all([lstat(file), readFile(file)]);
  const digest = createHash('sha256').update(content).digest('hex');
  return `${path.split(sep).join('/')}\0${(mode & 0o100) === 0 ? '-' : 'x'}\0${digest}\n`;
}

/** Puts a directory into the environment's image store under its digest; doing it again changes nothing. */
export async function importImage(
  environmentDirectory: string,
  sourceDirectory: string,
  digest: string,
): Promise<void> {
  const store = environmentPaths(environmentDirectory).images;
  const target = join(store, requireHex(digest));
  if ((await contentOf(target)) === requireHex(digest)) return;
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  await mkdir(store, { recursive: true, mode: 0o700 });
  try {
    await cp(sourceDirectory, temporary, {
      recursive: true,
      filter: (path) =>
        !path
          .slice(sourceDirectory.length)
          .split(sep)
          .some((part) => IGNORED.has(part)),
    });
    const copied = await imageDigest(temporary);
    if (copied !== requireHex(digest)) {
      throw new EnvironmentError(
        'IMAGE_DIGEST_MISMATCH',
        `${sourceDirectory} has the digest sha256:${copied}, and sha256:${requireHex(digest)} was expected; ` +
          'build the release again, or name the digest it has now',
      );
    }
    const found = await contentOf(target);
    if (found === copied) return;
    // What an earlier import left broken, by hand or by a full disk, makes room; a good copy is never removed.
    if (found !== undefined) await rm(target, { recursive: true, force: true });
    await moveInPlace(temporary, target, copied);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Another import of the same image may have come first: its copy is as good as ours. */
async function moveInPlace(temporary: string, target: string, digest: string): Promise<void> {
  try {
    await rename(temporary, target);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const taken = code === 'ENOTEMPTY' || code === 'EEXIST';
    if (!taken || (await contentOf(target)) !== digest) throw error;
  }
}

/** The directory of an image `name@sha256:<hex>` in the store, or undefined when it was never imported. */
export async function imageDirectory(imagesDirectory: string, image: string): Promise<string | undefined> {
  const digest = /@sha256:([0-9a-f]{64})$/.exec(image)?.[1];
  if (digest === undefined) return undefined;
  const directory = join(imagesDirectory, digest);
  return (await isDirectory(directory)) ? directory : undefined;
}

async function contentOf(directory: string): Promise<string | undefined> {
  return (await isDirectory(directory)) ? imageDigest(directory) : undefined;
}

/** False when nothing is there; what may not be looked at is an error and not absent. */
function isDirectory(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

function requireHex(digest: string): string {
  const hex = digest.startsWith('sha256:') ? digest.slice('sha256:'.length) : digest;
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw new EnvironmentError('IMAGE_DIGEST', `"${digest}" is no digest: sha256:<64 hex digits> is needed`);
}

async function imageFiles(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (IGNORED.has(entry.name)) continue;
    if (entry.isDirectory()) found.push(...(await imageFiles(root, path)));
    else if (entry.isFile()) found.push(path);
    else {
      throw new EnvironmentError(
        'IMAGE_NOT_PLAIN',
        `${join(root, path)} is neither a file nor a directory; an image has no links, sockets or devices`,
      );
    }
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}

import { randomUUID } from 'node:crypto';
import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SampleRelease, sampleReleases } from './catalogue.ts';

/** A sample release laid out as the directory that the platform takes as its image. */
export interface AssembledRelease extends SampleRelease {
  readonly directory: string;
}

const RELEASES = fileURLToPath(new URL('.', import.meta.url));
const BASE = fileURLToPath(new URL('../app', import.meta.url));

/** Lays a sample release out in `target`, which is replaced as a whole: it holds this release or what it held before. */
export async function assembleRelease(name: string, target: string): Promise<AssembledRelease> {
  const release = sampleReleases.find((known) => known.name === name);
  if (!release)
    throw new Error(`There is no sample release ${name}; there are: ${sampleReleases.map((r) => r.name).join(', ')}`);
  const directory = resolve(target);
  const draft = join(dirname(directory), `.${basename(directory)}.${randomUUID()}`);
  await mkdir(dirname(directory), { recursive: true });
  try {
    await cp(BASE, draft, { recursive: true });
    if (name !== 'first') await cp(join(RELEASES, name), draft, { recursive: true });
    await replace(directory, draft);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return { ...release, directory };
}

/** A directory cannot be renamed onto one that is not empty, so the old one goes aside first. */
async function replace(directory: string, draft: string): Promise<void> {
  const old = `${draft}.old`;
  const exists = await stat(directory).then(
    () => true,
    () => false,
  );
  if (exists) await rename(directory, old);
  await rename(draft, directory);
  await rm(old, { recursive: true, force: true });
}

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.ts';

const SHARED_HOME = '/var/lib/sallyport';

/**
 * Where an environment's PostgreSQL lives: inside the environment's directory. Under root PostgreSQL is another user,
 * and where that user cannot get to the directory (below /root, say) it is a folder of its own in /var/lib.
 */
export function postgresHome(environmentDirectory: string): string {
  const inside = join(environmentDirectory, 'postgres');
  if (process.getuid?.() !== 0 || isReachable(dirname(environmentDirectory)) || existsSync(join(inside, 'data'))) {
    return inside;
  }
  return join(SHARED_HOME, createHash('sha256').update(environmentDirectory).digest('hex').slice(0, 16));
}

/** The programs where PostgreSQL's user can get to them: as installed, or copied into the home. */
export async function reachableBinaries(home: string, binaries: PostgresBinaries): Promise<PostgresBinaries> {
  if (process.getuid?.() !== 0 || isReachable(binaries.root)) return binaries;
  const root = join(home, `${basename(binaries.root)}-${binaries.major}`);
  if (!existsSync(root)) {
    const temporary = `${root}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await cp(binaries.root, temporary, { recursive: true, verbatimSymlinks: true });
      await rename(temporary, root);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
  const moved = (program: string) => join(root, relative(binaries.root, program));
  return { ...binaries, root, initdb: moved(binaries.initdb), postgres: moved(binaries.postgres) };
}

/** True when every user may pass through all folders down to this one. */
function isReachable(folder: string): boolean {
  const mayPass = (statSync(folder, { throwIfNoEntry: false })?.mode ?? 0o001) & 0o001;
  if (!mayPass) return false;
  return dirname(folder) === folder || isReachable(dirname(folder));
}

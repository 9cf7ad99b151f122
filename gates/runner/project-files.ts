import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { gateError } from '../kernel/gate-error.ts';
import type { CarriedFile } from './exchange.ts';

/** More than this is no evidence and no migrations, but a folder named by mistake. In bytes. */
const mostBytes = 50_000_000;
const left = new Set(['node_modules', '.git']);

/**
 * Files and folders below a root, as they are carried to a job and back; what is not there is left out.
 * @throws GateError INPUTS_INVALID for a path that leaves the root, or for too much.
 */
export async function collect(root: string, paths: readonly string[]): Promise<CarriedFile[]> {
  const found = new Set<string>();
  for (const path of paths) for (const file of await filesOf(root, below(path))) found.add(file);
  const files: CarriedFile[] = [];
  let bytes = 0;
  for (const path of [...found].sort()) {
    const content = await readFile(join(root, path));
    bytes += content.length;
    if (bytes > mostBytes) {
      const found = `more than ${mostBytes / 1e6} MB`;
      throw gateError('INPUTS_INVALID', paths.join(', '), found, 'files that can be carried to a job');
    }
    files.push({ path: path.split(sep).join('/'), base64: content.toString('base64') });
  }
  return files;
}

/** Writes files below `root`, each whole or not at all. @throws GateError for one that is not below `folder`. */
export async function lay(root: string, folder: string, files: readonly CarriedFile[]): Promise<void> {
  const into = normalize(folder || '.');
  for (const { path } of files) {
    const inside = into === '.' || below(path).startsWith(`${below(into)}${sep}`);
    if (!inside) throw gateError('GATE_REPLY_MISMATCH', path, `a file outside of ${folder}`, `files below ${folder}`);
  }
  for (const { path, base64 } of files) {
    const target = join(root, below(path));
    await mkdir(dirname(target), { recursive: true });
    const unfinished = `${target}.${process.pid}.tmp`;
    await writeFile(unfinished, Buffer.from(base64, 'base64'));
    await rename(unfinished, target);
  }
}

function below(path: string): string {
  const clean = normalize(path);
  if (clean !== '..' && !clean.startsWith(`..${sep}`) && !clean.startsWith(sep)) return clean;
  throw gateError('INPUTS_INVALID', path, 'a path that leaves the project', 'one below its root: gates run as a job');
}

async function filesOf(root: string, path: string): Promise<readonly string[]> {
  const kind = await stat(join(root, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kind === undefined || left.has(path.split(sep).at(-1) ?? '')) return [];
  if (kind.isFile()) return [path];
  if (!kind.isDirectory()) return [];
  const names = await readdir(join(root, path));
  return (await Promise.all(names.map((name) => filesOf(root, join(path, name))))).flat();
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from '../setup-error.ts';
import { isExecutable } from './engine-folder.ts';

const run = promisify(execFile);
const usualPlaces = ['/usr/local/go/bin', '/opt/homebrew/bin'];

/** Finds a Go that can build the module in `directory`, or says in one command how to get one. */
export async function findGo(
  directory: string,
  env: NodeJS.ProcessEnv,
  places: readonly string[] = usualPlaces,
): Promise<string> {
  const needed = await neededVersion(directory);
  const go = await firstExecutable([...(env.PATH ?? '').split(delimiter).filter(Boolean), ...places], 'go');
  if (go === undefined) {
    throw new SetupError(
      'GO_MISSING',
      `Pulumi's download cannot be reached, and there is no Go to build the engine with. Needed: Go ${needed} or newer. Run: ${installCommand(needed)}`,
    );
  }
  try {
    // Reads go.mod, and so fails where this Go is too old for it and may not fetch a newer one by itself.
    await run(go, ['list', '-m'], { cwd: directory, env, timeout: 120_000 });
    return go;
  } catch (error) {
    const { stdout } = await run(go, ['version'], { env }).catch(() => ({ stdout: 'a Go that does not run' }));
    throw new SetupError(
      'GO_TOO_OLD',
      `Pulumi's download cannot be reached, and ${stdout.trim()} (${go}) cannot build the engine. Needed: Go ${needed} or newer. ` +
        `Run: ${installCommand(needed)}\n${firstLine(error)}`,
    );
  }
}

async function firstExecutable(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders) if (await isExecutable(join(folder, name))) return join(folder, name);
  return undefined;
}

async function neededVersion(directory: string): Promise<string> {
  const goMod = await readFile(join(directory, 'go.mod'), 'utf8');
  const version = /^go (\S+)$/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error(`${directory}/go.mod names no Go version`);
  return version;
}

function installCommand(version: string): string {
  if (process.platform === 'darwin') return 'brew install go';
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return `sudo sh -c 'rm -rf /usr/local/go && curl -fsSL https://go.dev/dl/go${version}.${process.platform}-${arch}.tar.gz | tar -C /usr/local -xz'`;
}

function firstLine(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  return stderr.trim().split('\n')[0] ?? '';
}

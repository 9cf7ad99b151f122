import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from '../setup-error.ts';
import { isExecutable } from './engine-folder.ts';

const run = promisify(execFile);
const usualPlaces: readonly string[] = ['/usr/local/go/bin', '/opt/homebrew/bin'];

/** Finds a Go that can build the module in `directory`, or says in one command how to get one. */
export async function findGo(directory: string, env: NodeJS.ProcessEnv, places = usualPlaces): Promise<string> {
  const needed = await neededVersion(directory);
  const problems: string[] = [];
  for (const folder of [...(env.PATH ?? '').split(delimiter).filter(Boolean), ...places]) {
    const go = join(folder, 'go');
    if (!(await isExecutable(go))) continue;
    const problem = await problemWith(go, directory, env);
    if (problem === undefined) return go;
    problems.push(`${go}: ${problem}`);
  }
  const unreachable = "Pulumi's download cannot be reached, and";
  const mend = `Needed: Go ${needed} or newer. Run: ${installCommand(needed)}`;
  if (problems.length === 0) {
    throw new SetupError('GO_MISSING', `${unreachable} there is no Go to build the engine with. ${mend}`);
  }
  const found = problems.join('\n');
  if (problems.every((problem) => tooOld.test(problem))) {
    throw new SetupError('GO_TOO_OLD', `${unreachable} this Go is too old to build the engine. ${mend}\n${found}`);
  }
  throw new SetupError('GO_UNUSABLE', `${unreachable} Go refuses its own settings; mend what it says:\n${found}`);
}

/** What an older Go says of a go.mod that asks for a newer one, which it cannot fetch or does not know how to. */
const tooOld = /requires go|invalid go version|unknown directive|toolchain/;

/** Has Go read go.mod; gives its version and complaint when it cannot. */
async function problemWith(go: string, directory: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    await run(go, ['list', '-m'], { cwd: directory, env, timeout: 120_000 });
    return undefined;
  } catch (error) {
    const { stdout } = await run(go, ['version'], { env }).catch(() => ({ stdout: 'does not run' }));
    return `${stdout.trim()}: ${firstLine(error)}`;
  }
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

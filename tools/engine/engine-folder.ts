import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What an engine is made of: the CLI, the language host, and the provider of dynamic resources. */
export const engineParts = ['pulumi', 'pulumi-language-nodejs', 'pulumi-resource-pulumi-nodejs'] as const;

/** Where Pulumi keeps plugins and versions: `PULUMI_HOME`, or `.pulumi` in the home folder. */
export function pulumiHome(env: NodeJS.ProcessEnv): string {
  return env.PULUMI_HOME || join(env.HOME || homedir(), '.pulumi');
}

/** The folder in which the official launcher keeps one version of the engine. */
export function engineFolder(env: NodeJS.ProcessEnv, version: string): string {
  return join(pulumiHome(env), 'versions', version);
}

/** The version that an engine's program reports, without the `v`; undefined when it does not run. */
export async function reportedVersion(program: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ['version'], {
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: 'true' },
      timeout: 20_000,
    });
    return stdout.trim().replace(/^v/, '');
  } catch {
    return undefined;
  }
}

/** Whether `bin` holds every part of the engine, in this version, able to run. */
export async function isComplete(bin: string, version: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  for (const part of engineParts) if (!(await isExecutable(join(bin, part)))) return false;
  return (await reportedVersion(join(bin, 'pulumi'), env)) === version;
}

/** Whether the file may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Moves a finished engine folder to its place in one step; what is there and incomplete gives way. */
export async function placeEngine(from: string, to: string, version: string, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!isOccupied(error) || attempt === 3) throw error;
      // Another run was quicker: its engine is as good as ours.
      if (await isComplete(join(to, 'bin'), version, env)) return await rm(from, { recursive: true, force: true });
      const aside = `${to}.incomplete-${randomBytes(4).toString('hex')}`;
      await rename(to, aside).catch(ignoreMissing);
      await rm(aside, { recursive: true, force: true });
    }
  }
}

function isOccupied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

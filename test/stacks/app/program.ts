import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The sample application's own directory. */
export const APP = fileURLToPath(new URL('../../../stacks/app', import.meta.url));

/** A program of the application as a real process. */
export interface Program {
  readonly child: ChildProcess;
  /** What it printed so far, both streams. */
  output(): string;
  /** Resolves with the exit code once it has ended. */
  readonly ended: Promise<number | null>;
}

const running = new Set<Program>();

/** Starts `node <args>` in an image directory with exactly this environment. */
export function startProgram(args: readonly string[], env: Record<string, string>, directory = APP): Program {
  const child = spawn(process.execPath, args, { cwd: directory, env: { PATH: process.env.PATH, ...env } });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const program = { child, output: () => output, ended };
  running.add(program);
  ended.finally(() => running.delete(program));
  return program;
}

/** Starts a service on a port the system chooses; gives its address once it listens. */
export async function startService(name: 'api' | 'web' | 'worker', env: Record<string, string>, directory = APP) {
  const program = startProgram([`${name}/main.ts`], { PORT: '0', ...env }, directory);
  const url = await until(`${name} listens`, () => /listening on (\S+)/.exec(program.output())?.[1], program);
  return { ...program, url };
}

/** Runs a program to its end. */
export async function runProgram(args: readonly string[], env: Record<string, string>, directory = APP) {
  const program = startProgram(args, env, directory);
  return { code: await program.ended, output: program.output() };
}

/** What the platform gives a container between SIGTERM and the kill, in milliseconds. */
const STOP_MILLISECONDS = 30_000;

/** Tells a job to stop: it does so in time, and says with its exit code that it was told to. */
export async function assertStops({ child, ended, output }: Program): Promise<void> {
  const told = performance.now();
  child.kill('SIGTERM');
  assert.equal(await ended, 143, output());
  assert.ok(performance.now() - told < STOP_MILLISECONDS, output());
}

/** Ends every process of this test file. */
export async function stopPrograms(): Promise<void> {
  await Promise.all(
    [...running].map(({ child, ended }) => {
      child.kill('SIGKILL');
      return ended;
    }),
  );
}

/** Looks until there is something; says what was waited for when there never is. */
export async function until<Value>(
  what: string,
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  program?: Program,
): Promise<Value> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline && program?.child.exitCode == null) {
    const found = await look();
    if (found) return found;
    await delay(20);
  }
  throw new Error(`waited in vain: ${what}${program ? `; it printed: ${program.output()}` : ''}`);
}

/** Applies all migrations of an image directory to a database, or throws with what the job printed. */
export async function migrate(migratorUrl: string, directory = APP): Promise<void> {
  const { code, output } = await runProgram(['migrate.ts'], { DATABASE_URL: migratorUrl }, directory);
  if (code !== 0) throw new Error(`migrate.ts ended with ${code}: ${output}`);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandInputs } from './command-inputs.ts';

/** What a command printed, without the last line break. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();

/** Runs a command as the original does; fails with its exit status and all it printed. */
export async function runCommand(
  command: string,
  inputs: CommandInputs,
  previous: CommandOutput | undefined,
  show: (line: string) => Promise<void>,
): Promise<CommandOutput> {
  const [program, ...args] = [...(inputs.interpreter ?? ['/bin/sh', '-c']), command];
  if (inputs.dir !== undefined && !existsSync(inputs.dir))
    throw new Error(`chdir ${inputs.dir}: no such file or directory`);
  const child = spawn(program as string, args, {
    cwd: inputs.dir,
    env: { ...process.env, ...inputs.environment, ...previousOutput(inputs, previous) },
    // A process group of its own, so that all of it can be stopped.
    detached: true,
    stdio: 'pipe',
  });
  running.add(child);
  child.stdin.on('error', () => {}); // A command need not read its input.
  child.stdin.end(inputs.stdin ?? '');
  const printed = { stdout: '', stderr: '', both: '' };
  let shown = Promise.resolve();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
      printed.both += text;
    });
    if (isLogged(inputs.logging, name)) {
      createInterface({ input: child[name] }).on('line', (line) => {
        shown = shown.then(() => show(line));
      });
    }
  }
  const status = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(signal === null ? `exit status ${code}` : `signal: ${signal}`));
  });
  running.delete(child);
  await shown;
  if (status !== 'exit status 0') throw new Error(`${status}: running ${JSON.stringify(command)}:\n${printed.both}`);
  return { stdout: printed.stdout.replace(/\n$/, ''), stderr: printed.stderr.replace(/\n$/, '') };
}

/** Stops every command that is running, with all it has started: asked first, killed after two seconds. */
export async function stopCommands(): Promise<void> {
  const children = [...running];
  for (const child of children) killGroup(child, 'SIGTERM');
  for (let waited = 0; waited < 2_000 && children.some((child) => running.has(child)); waited += 50) await sleep(50);
  for (const child of children) killGroup(child, 'SIGKILL');
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function previousOutput(inputs: CommandInputs, previous: CommandOutput | undefined): Record<string, string> {
  if (previous === undefined || inputs.addPreviousOutputInEnv === false) return {};
  return { PULUMI_COMMAND_STDOUT: previous.stdout, PULUMI_COMMAND_STDERR: previous.stderr };
}

function isLogged(logging: CommandInputs['logging'], name: 'stdout' | 'stderr'): boolean {
  return logging === undefined || logging === 'stdoutAndStderr' || logging === name;
}

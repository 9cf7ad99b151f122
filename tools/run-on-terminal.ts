import { spawn } from 'node:child_process';
import { projectRoot } from './project.ts';

/** Runs a program in the project's folder and on this terminal; gives its exit code. */
export function runOnTerminal(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, args, { cwd: projectRoot, env, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the program as well: this process waits for what it makes of it.
  const interrupt = (): boolean => process.stdin.isTTY || child.kill('SIGINT');
  const terminate = (): boolean => child.kill('SIGTERM');
  process.on('SIGINT', interrupt).on('SIGTERM', terminate);
  return new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  }).finally(() => {
    process.off('SIGINT', interrupt).off('SIGTERM', terminate);
  });
}

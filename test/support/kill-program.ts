import { descendantsOf } from './processes.ts';
import type { Ended, RunningProgram } from './running-program.ts';

/** Kills a program and everything that it started, at once, and waits for its end. */
export async function killProgram(running: RunningProgram): Promise<Ended> {
  const started = await descendantsOf(running.pid);
  running.signal('SIGKILL');
  for (const { pid } of started) killProcess(pid);
  return running.ended;
}

/** One that has ended by then is left alone. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

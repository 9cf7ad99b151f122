import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A long-running command and how to speak of it. */
export interface LongCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the progress lines begin with. */
  readonly title: string;
  readonly boundMs: number;
  readonly say: (line: string) => void;
}

const reportEveryMs = 10_000;
const keptLines = 30;

/** Runs a long command with a progress line every ten seconds; fails with its last lines of output. */
export async function runWithProgress(long: LongCommand): Promise<void> {
  const started = Date.now();
  const child = spawn(long.command, long.args, { cwd: long.cwd, env: long.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const tail: string[] = [];
  let lines = 0;
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines += 1;
      tail.push(line);
      if (tail.length > keptLines) tail.shift();
    });
  }
  const report = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    long.say(`${long.title}: ${seconds} s, ${lines} steps${tail.length > 0 ? `, ${tail.at(-1)}` : ''}`);
  }, reportEveryMs);
  const stop = (): void => void child.kill('SIGTERM');
  let asked: NodeJS.Signals | undefined;
  const stopAndLeave = (signal: NodeJS.Signals): void => {
    asked = signal;
    stop();
  };
  const bound = setTimeout(stop, long.boundMs);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, stopAndLeave);
  try {
    const ending = await new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code, signal) => resolve(code === 0 ? '' : (signal ?? `exit code ${code}`)));
    });
    if (ending !== '') throw new Error([`${long.title}: ${ending}`, ...tail].join('\n'));
  } finally {
    clearInterval(report);
    clearTimeout(bound);
    for (const signal of signals) process.removeListener(signal, stopAndLeave);
    if (asked !== undefined) process.kill(process.pid, asked);
  }
}

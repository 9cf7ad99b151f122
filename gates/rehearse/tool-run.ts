import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { redact } from '../kernel/redact.ts';

/** How the migration tool ended: its exit code (null: it was ended at the bound), and the last lines that it wrote. */
export interface ToolRun {
  readonly code: number | null;
  readonly output: readonly string[];
  readonly ms: number;
}

const keptLines = 30;
const killAfterMs = 3_000;

/** What the tool is run with. */
export interface ToolPlan {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly url: string;
  readonly boundSeconds: number;
  readonly signal: AbortSignal;
}

/** Runs the migration tool as the job does, in the release's image, with the shadow for its database. */
export async function runTool({ command, cwd, url, boundSeconds, signal }: ToolPlan): Promise<ToolRun> {
  const [program = '', ...args] = command;
  const since = performance.now();
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd,
    env: {
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: tmpdir(),
      LANG: 'C.UTF-8',
      DATABASE_URL: url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, so that what it starts ends with it
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => (text = (text + more).slice(-20_000)));
  let ended = false;
  const kill = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined && !ended) process.kill(-child.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  let stopped = false;
  const stop = () => {
    stopped = true;
    kill('SIGTERM');
    setTimeout(() => kill('SIGKILL'), killAfterMs).unref();
  };
  const bound = setTimeout(stop, boundSeconds * 1000);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit) => resolve(stopped ? null : exit));
    });
    ended = true;
    signal.throwIfAborted();
    const output = redact(text)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-keptLines);
    return { code, output, ms: performance.now() - since };
  } finally {
    clearTimeout(bound);
    signal.removeEventListener('abort', stop);
  }
}

/** A command with its `{count}` filled in. */
export function withCount(command: readonly string[], count: number): string[] {
  return command.map((part) => part.replaceAll('{count}', String(count)));
}

/** Runs the tool as a rehearsal is planned. */
export function toolOn(
  { image: cwd, boundSeconds, world }: { image: string; boundSeconds: number; world: { signal: AbortSignal } },
  command: readonly string[],
  url: string,
): Promise<ToolRun> {
  return runTool({ command, cwd, url, boundSeconds, signal: world.signal });
}

/** How a run of the tool ended, in one line. */
export function endOf({ code, output }: ToolRun, boundSeconds: number): string {
  return code === null
    ? `no end after ${boundSeconds} s`
    : `exit code ${code}: ${output.at(-1)?.trim() ?? 'no output'}`;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a program ended, and all it printed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A program that a test started, in a process group of its own. */
export interface RunningProgram {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Waits for a text in what it prints; fails with all it printed when it ends, or the bound is reached, without it. */
  sees(text: string | RegExp, boundMs?: number): Promise<void>;
  /** Signals the whole group, as a terminal does; a group that is gone is left alone. */
  signal(name: NodeJS.Signals): void;
}

/** Starts a program whose output a test follows. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): RunningProgram {
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const watcher of watchers) watcher();
    });
  }
  const ended = endOf(child, () => output);
  const has = (text: string | RegExp) => (typeof text === 'string' ? output.includes(text) : text.test(output));
  return {
    pid: child.pid ?? 0,
    ended,
    sees: async (text, boundMs = 180_000) => {
      const seen = new Promise<boolean>((resolve) => {
        const look = () => has(text) && resolve(true);
        watchers.add(look);
        look();
      });
      const late = AbortSignal.timeout(boundMs);
      const over = once(late, 'abort').then(() => false);
      const found = await Promise.race([seen, ended.then(() => has(text)), over]);
      if (!found) throw new Error(`it did not print ${text}, but:\n${output}`);
    },
    signal: (name) => killGroup(child.pid ?? 0, name),
  };
}

/** The streams may stay open in a process that outlives the program: its exit, and a moment for the rest, end the wait. */
async function endOf(child: ChildProcess, output: () => string): Promise<Ended> {
  const closed = once(child, 'close');
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  await Promise.race([closed, once(AbortSignal.timeout(1_000), 'abort')]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { code, signal, output: output() };
}

function killGroup(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

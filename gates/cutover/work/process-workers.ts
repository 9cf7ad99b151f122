import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { databaseUrl } from '../../kernel/database-url.ts';
import type { Progress } from '../../kernel/progress.ts';
import type { SideTargets } from './open-side.ts';
import { replacements, type StartWorkers } from './workers.ts';

const program = fileURLToPath(new URL('../../cutover-worker.ts', import.meta.url));
/** What a worker may take to give its piece back, in milliseconds. */
const stopMs = 15_000;
/** The variables in which a worker finds the sides; their URLs are in no argument, which everybody on a machine may read. */
const variables = { source: 'SALLYPORT_WORK_SOURCE_URL', target: 'SALLYPORT_WORK_TARGET_URL' } as const;

interface Slot {
  readonly number: number;
  child: ChildProcess;
  starts: number;
  /** How the last one ended; undefined while it runs. */
  ended: string | undefined;
}

/**
 * Workers as child processes. Each reads its standard input, and ends when that does: so it is gone as soon as this process
 * is, however that ends. `nodeOptions` are for Node itself.
 */
export function processWorkers(count: number, sides: SideTargets, nodeOptions: readonly string[] = []): StartWorkers {
  return async (run, say) => {
    const slots: Slot[] = [];
    const begin = (number: number) => startWorker(run, sides, nodeOptions, (line) => say(`worker ${number}: ${line}`));
    let stopping = false;
    const watch = (slot: Slot) => {
      slot.child.once('exit', (code, signal) => {
        const how = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
        if (code !== 0 && !stopping && slot.starts <= replacements) {
          say(`worker ${slot.number}: ${how}; another one takes its place`);
          slot.starts += 1;
          slot.child = begin(slot.number);
          watch(slot);
        } else slot.ended = code === 0 ? 'found no piece left' : how;
      });
      slot.child.once('error', (error) => {
        slot.ended = error.message;
      });
    };
    for (let number = 1; number <= count; number += 1) {
      const slot: Slot = { number, child: begin(number), starts: 1, ended: undefined };
      slots.push(slot);
      watch(slot);
    }
    return {
      tend: async () =>
        slots.some(({ ended }) => ended === undefined)
          ? undefined
          : slots.map(({ number, ended }) => `worker ${number} ${ended}`).join('; '),
      stop: async () => {
        stopping = true;
        await Promise.all(slots.map(({ child }) => stopWorker(child)));
      },
    };
  };
}

function startWorker(run: string, sides: SideTargets, nodeOptions: readonly string[], say: Progress): ChildProcess {
  const { source, target } = sides;
  const named = Object.entries({ source, target }).flatMap(([side, at]) =>
    at === undefined ? [] : [[side as keyof typeof variables, databaseUrl(at)] as const],
  );
  const child = spawn(
    process.execPath,
    [...nodeOptions, program, '--run', run, '--tied', ...named.flatMap(([side]) => [`--${side}`, variables[side]])],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...Object.fromEntries(named.map(([side, url]) => [variables[side], url])) },
    },
  );
  // What was begun ends with this process, and must not keep it.
  child.stdin.on('error', () => undefined);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', say);
  return child;
}

async function stopWorker(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await gone;
  clearTimeout(late);
}

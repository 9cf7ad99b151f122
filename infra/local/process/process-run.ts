import { spawn } from 'node:child_process';
import { mkdir, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '../wait-until.ts';
import { readIfThere } from '../write-atomic.ts';
import { processHasArgument } from './process-arguments.ts';

/** One start of a program: its directory holds `pid`, `exit` (once it ended) and `log`, all written without the daemon. */
export type RunState =
  | { readonly kind: 'running'; readonly pid: number }
  | { readonly kind: 'exited'; readonly code: number; readonly endTime: string }
  /** It ran and is gone without an exit code (both it and its keeper were killed). */
  | { readonly kind: 'vanished' }
  | { readonly kind: 'never-started' };

const BEGINS_WITHIN_MS = 20_000;
const PID_WITHIN_MS = 5_000;

// The keeper: a shell that is the leader of the program's process group and outlives the daemon, so that the exit code
// is on disk whoever was there to see it. `set -C` makes the first write exclusive: whoever makes `pid` first, this
// keeper or a daemon that gives the start up, decides whether the program ever starts. $1 is the run's directory.
const KEEPER = `run=$1; shift
set -C; { printf '%s' "$$" > "$run/pid"; } 2>/dev/null || exit 0; set +C
trap : TERM INT HUP
"$@"
code=$?
printf '%s' "$code" > "$run/exit.tmp" && mv "$run/exit.tmp" "$run/exit"
exit 0
`;

/** What to start: `command` is an argv, resolved against the environment's PATH by the shell. */
export interface RunSpec {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a program in a process group of its own, and returns when it has begun; it goes on when the daemon dies. */
export async function startRun(directory: string, spec: RunSpec): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const log = await open(join(directory, 'log'), 'a', 0o600);
  try {
    await new Promise<void>((resolve, reject) => {
      const keeper = spawn('/bin/sh', ['-c', KEEPER, 'keeper', directory, ...spec.command], {
        cwd: spec.cwd,
        env: { ...spec.env },
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      });
      keeper.once('error', reject);
      keeper.once('spawn', () => {
        keeper.unref();
        resolve();
      });
    });
  } finally {
    await log.close();
  }
  if (await waitUntil(() => writtenPid(directory), BEGINS_WITHIN_MS, 5)) return;
  if (await claim(directory)) throw new Error(`the program did not begin within ${BEGINS_WITHIN_MS / 1000} s`);
}

/** What became of a run. `giveUp` takes a run that has not begun yet out of the race for good. */
export async function inspectRun(directory: string, giveUp = false): Promise<RunState> {
  const exited = await exitOf(directory);
  if (exited) return exited;
  if (giveUp && (await claim(directory))) return { kind: 'never-started' };
  if ((await readIfThere(join(directory, 'pid'))) === undefined) return { kind: 'never-started' };
  // For a moment the file is there and empty. One that stays so is of somebody who was killed before anything was started.
  const pid = Number((await waitUntil(() => writtenPid(directory), PID_WITHIN_MS, 10)) ?? '0');
  if (pid === 0) return { kind: 'never-started' };
  if (await processHasArgument(pid, directory)) return { kind: 'running', pid };
  const late = await exitOf(directory);
  if (late) return late;
  // Without a leader the group's number cannot have been given to others: what is left in it is the program's.
  if (!exists(pid)) signalGroup(pid, 'SIGKILL');
  return { kind: 'vanished' };
}

/** SIGTERM to the group, SIGKILL after `graceMs`; returns when it has ended. */
export async function stopRun(directory: string, graceMs: number): Promise<RunState> {
  const ended = async () => {
    const state = await inspectRun(directory);
    return state.kind === 'running' ? undefined : state;
  };
  const before = await inspectRun(directory, true);
  if (before.kind !== 'running') return before;
  signalGroup(before.pid, 'SIGTERM');
  const gentle = await waitUntil(ended, graceMs);
  // Also after a gentle end: what the program left behind in its group must not live on.
  signalGroup(before.pid, 'SIGKILL');
  return gentle ?? (await waitUntil(ended, 5_000)) ?? before;
}

/** Cuts the log back to nothing once it is larger than `maxBytes`, as log rotation with copy-and-truncate does. */
export async function boundLog(directory: string, maxBytes: number): Promise<void> {
  const file = join(directory, 'log');
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > maxBytes) await truncate(file);
}

function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function writtenPid(directory: string): Promise<string | undefined> {
  return (await readIfThere(join(directory, 'pid'))) || undefined;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function exitOf(directory: string): Promise<RunState | undefined> {
  const file = join(directory, 'exit');
  const code = await readIfThere(file);
  if (code === undefined) return undefined;
  return { kind: 'exited', code: Number(code), endTime: (await stat(file)).mtime.toISOString() };
}

/** Makes the run's `pid` file before the keeper does: the program then never starts. */
async function claim(directory: string): Promise<boolean> {
  try {
    const handle = await open(join(directory, 'pid'), 'wx', 0o600);
    await handle.writeFile('0');
    await handle.close();
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') return false;
    if (code === 'ENOENT') return true;
    throw error;
  }
}

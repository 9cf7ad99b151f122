import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { waitUntil } from '../wait-until.ts';

const run = promisify(execFile);

/** How long to look again at a process that cannot be told: on a busy machine a look takes its time. */
const UNTOLD_MS = 2_000;

/**
 * True when process `pid` lives and `text` is in its command line. Every process of an environment carries something
 * there that no other process has, so that a pid that was given to someone else in the meantime is never taken for it.
 */
export async function processHasArgument(pid: number, text: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  const seen = await waitUntil(() => commandLine(pid), UNTOLD_MS, 10);
  return seen?.includes(text) ?? false;
}

/** The command line of a process; '' when it is gone, undefined while it cannot be told. */
async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const listed = await run('ps', ['-ww', '-o', 'state=,args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return listed.stdout.trimStart().startsWith('Z') ? '' : listed.stdout;
  }
  try {
    const [stat, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    const state = stat.charAt(stat.lastIndexOf(')') + 2);
    if (state === 'Z' || state === 'X') return '';
    // Empty for a moment while a process replaces its program, and when it is about to end.
    return command || undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}

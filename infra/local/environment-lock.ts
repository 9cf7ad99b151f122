import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processHasArgument } from './process/process-arguments.ts';
import { namesIfThere } from './write-atomic.ts';

/** Who holds the environment: the process and a text that only its command line has. */
export interface LockHolder {
  readonly pid: number;
  readonly argument: string;
}

/**
 * Takes the environment for this process; false when a living process has it. Each holder links the next number, which
 * only one can, and a dead holder's number is never taken again: no moment in which two believe they have it.
 */
export async function acquireLock(locks: string, argument: string): Promise<boolean> {
  await mkdir(locks, { recursive: true, mode: 0o700 });
  for (;;) {
    const numbers = await lockNumbers(locks);
    const highest = numbers.at(-1) ?? 0;
    const holder = highest === 0 ? undefined : await readHolder(join(locks, String(highest)));
    if (holder && (await isAlive(holder))) return false;
    const mine = highest + 1;
    if (!(await linkHolder(locks, mine, argument))) continue;
    if ((await lockNumbers(locks)).at(-1) !== mine) {
      await rm(join(locks, String(mine)), { force: true });
      return false;
    }
    for (const number of numbers) await rm(join(locks, String(number)), { force: true });
    return true;
  }
}

/** The living holder of the environment, if there is one. */
export async function lockHolder(locks: string): Promise<LockHolder | undefined> {
  const highest = (await lockNumbers(locks)).at(-1);
  const holder = highest === undefined ? undefined : await readHolder(join(locks, String(highest)));
  return holder && (await isAlive(holder)) ? holder : undefined;
}

async function isAlive(holder: LockHolder): Promise<boolean> {
  return processHasArgument(holder.pid, holder.argument);
}

async function lockNumbers(locks: string): Promise<number[]> {
  const names = await namesIfThere(locks);
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}

async function linkHolder(locks: string, number: number, argument: string): Promise<boolean> {
  const temporary = join(locks, `${randomBytes(6).toString('hex')}.tmp`);
  await writeFile(temporary, JSON.stringify({ pid: process.pid, argument } satisfies LockHolder), { mode: 0o600 });
  try {
    await link(temporary, join(locks, String(number)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the condition holds; fails with its name when it does not within the bound. */
export async function until(name: string, holds: () => Promise<boolean> | boolean, boundMs = 180_000): Promise<void> {
  for (const end = Date.now() + boundMs; Date.now() < end; await sleep(50)) if (await holds()) return;
  throw new Error(`not within ${boundMs} ms: ${name}`);
}

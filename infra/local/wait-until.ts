import { setTimeout as delay } from 'node:timers/promises';

/** Asks `condition` every `everyMs` until it gives a value other than undefined and false, or `withinMs` have passed. */
export async function waitUntil<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs: number,
  everyMs = 50,
): Promise<T | undefined> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() >= deadline) return undefined;
    await delay(everyMs);
  }
}

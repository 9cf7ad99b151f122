import { setTimeout as delay } from 'node:timers/promises';
import { gateError } from './gate-error.ts';

/** Runs work with a signal that fires at the bound, and ends at the bound even if the work does not listen. */
export async function withDeadline<T>(
  gate: string,
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const interrupted = () => controller.abort(gateError('ABORTED', gate, 'an interrupt', 'a gate that runs to its end'));
  const late = () =>
    controller.abort(
      gateError('DEADLINE_EXCEEDED', gate, `no verdict after ${seconds} s`, `a verdict within ${seconds} s`),
    );
  const timer = setTimeout(late, seconds * 1000);
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const aborted = new Promise<never>((_resolve, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
    });
    return await Promise.race([work(controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  }
}

/** Calls `look` until it answers something, with a pause between the calls. Ends with the signal's reason when that fires. */
export async function poll<T>(signal: AbortSignal, everyMs: number, look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await look();
    if (answer !== undefined) return answer;
    await delay(everyMs, undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  }
}

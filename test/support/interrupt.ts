import assert from 'node:assert/strict';

/**
 * Gives a signal to whoever began to listen for it last. Packages that other tests load end the whole process at a
 * signal, so it must not reach every listener.
 */
export function interrupt(signal: 'SIGINT' | 'SIGTERM'): void {
  const listener = process.listeners(signal).at(-1);
  assert.ok(listener, `nobody listens for ${signal}`);
  listener(signal);
}

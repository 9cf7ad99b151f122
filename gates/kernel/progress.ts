import { redact } from './redact.ts';

/** Writes one progress line, `gate: what …`. The engine shows it while the gate works. */
export type Progress = (line: string) => void;

/** The progress of one gate. Lines go through the redactor, like all that is printed. */
export function progressOf(gate: string): Progress {
  return (line) => {
    const safe = redact(`${gate}: ${line}`);
    for (const listener of listeners) listener(safe);
    process.stdout.write(`${safe}\n`);
  };
}

const listeners = new Set<Progress>();

/** Hears every line that is written, until the function that comes back is called. */
export function listenToProgress(listener: Progress): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Seconds since a moment, as a person reads them: `0.4 s`, `12 s`. */
export function seconds(since: number, now = performance.now()): string {
  const elapsed = (now - since) / 1000;
  return `${elapsed < 9.95 ? elapsed.toFixed(1) : Math.round(elapsed)} s`;
}

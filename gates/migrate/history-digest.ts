import { digestOf } from '../kernel/digest.ts';

/** Names a state of the schema by the migrations that made it, whatever order they were applied in. */
export function historyDigest(applied: readonly string[]): string {
  return digestOf([...applied].sort());
}

import { digestOf } from '../kernel/digest.ts';

/** Names a state of the schema by the names in its migration history, whatever order they were applied in. */
export function historyDigest(recorded: readonly string[]): string {
  return digestOf([...recorded].sort());
}

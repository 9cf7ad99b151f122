import type { ClientBase } from 'pg';
import type { Plan } from '../plan.ts';
import { appliedBy } from './applied.ts';
import { bytes } from './copy-progress.ts';
import type { CopyFollowing } from './follow-copy.ts';

const readLsn = `select pg_current_wal_insert_lsn()::text as lsn`;

/** The target has caught up when it needs no longer than this for all that was written before, in milliseconds. */
const caughtUpMs = 5_000;

/** Where the target was when it had caught up. */
export interface CaughtUp {
  /** Of the source: the target has everything before it. */
  readonly lsn: string;
  /** How long it needed for that. */
  readonly ms: number;
}

/**
 * Waits until the target follows closely. Each round is shorter than the one before as long as it applies faster than the
 * source is written to; where it does not, the caller's signal ends it.
 */
export async function catchUp(
  source: ClientBase,
  target: ClientBase,
  plan: Plan,
  { say, signal }: Pick<CopyFollowing, 'say' | 'signal'>,
): Promise<CaughtUp> {
  let said = '';
  const applied = appliedBy(source, target, plan, (lag) => {
    const line = `catching up: ${bytes(lag)} behind`;
    if (line !== said) say(line);
    said = line;
  });
  for (;;) {
    const since = performance.now();
    const { rows } = await source.query<{ lsn: string }>(readLsn);
    const lsn = rows[0]?.lsn;
    if (lsn === undefined) throw new Error('the server gave no row of a query without a condition');
    await applied(lsn, signal);
    const ms = performance.now() - since;
    if (ms <= caughtUpMs) return { lsn, ms: Math.round(ms) };
  }
}

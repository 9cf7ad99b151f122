import type { ClientBase } from 'pg';
import { poll } from '../../kernel/deadline.ts';

/** A number of our own, after those of all that write now: what a snapshot calls its end may be one that is in progress. */
const takeNumber = `select pg_catalog.pg_current_xact_id()::text as next`;
const readOldest = `select pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text::numeric >= $1::numeric as ended`;

/**
 * Waits for the transactions that write now, so that every snapshot from here on shows what they committed: a commit may be
 * in the log and not yet be seen, while it waits for a standby, say. False when one of them goes on for longer.
 */
export async function writersEnded(client: ClientBase, signal: AbortSignal, boundSeconds: number): Promise<boolean> {
  const until = performance.now() + boundSeconds * 1000;
  // A frozen source has read-only transactions by default.
  await client.query('begin read write');
  const next = (await client.query<{ next: string }>(takeNumber)).rows[0]?.next;
  await client.query('rollback');
  return poll(signal, 20, async () => {
    const { rows } = await client.query<{ ended: boolean }>(readOldest, [next]);
    if (rows[0]?.ended === true) return true;
    return performance.now() < until ? undefined : false;
  });
}

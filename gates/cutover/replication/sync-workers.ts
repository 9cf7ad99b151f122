import type { ClientBase } from 'pg';

const read = `select current_setting('max_sync_workers_per_subscription')::int as workers`;

/** How many tables the target's server copies at once for one subscription. */
export async function syncWorkers(target: ClientBase): Promise<number> {
  return (await target.query<{ workers: number }>(read)).rows[0]?.workers ?? 1;
}

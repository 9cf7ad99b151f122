import type { ClientBase } from 'pg';

const readBlockers = `
select distinct b.pid, coalesce(nullif(b.application_name, ''), 'a session without a name') as name, b.state,
  extract(epoch from clock_timestamp() - b.xact_start)::int as seconds
from pg_stat_activity w cross join lateral unnest(pg_blocking_pids(w.pid)) as p(pid)
join pg_stat_activity b on b.pid = p.pid
where w.usename = $1 and w.wait_event_type = 'Lock'`;

/** Who keeps the migrating role waiting right now, one line a session; empty when it does not wait for a lock. */
export async function blockers(client: ClientBase, migrator: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ pid: number; name: string; state: string; seconds: number | null }>(
    readBlockers,
    [migrator],
  );
  return rows.map(
    ({ pid, name, state, seconds }) => `pid ${pid} (${name}, ${state}, in transaction for ${seconds ?? 0} s)`,
  );
}

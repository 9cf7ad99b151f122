import { poll } from '../kernel/deadline.ts';
import { gateError } from '../kernel/gate-error.ts';
import type { World } from '../kernel/world.ts';

const pollMs = 500;
// A concurrent build waits for every snapshot of its database that is older than it; one that was prepared has no session.
const readOld = `
select 'pid ' || pid || ' (' || coalesce(nullif(application_name, ''), 'a session without a name') || ', ' || state ||
  ', in transaction for ' || extract(epoch from clock_timestamp() - xact_start)::int || ' s)' as line
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
  and xact_start < clock_timestamp() - make_interval(secs => $1)
union all
select 'prepared transaction ' || gid || ' of ' || owner || ' since ' || prepared::timestamptz(0)
from pg_prepared_xacts where database = current_database() and prepared < clock_timestamp() - make_interval(secs => $1)
order by 1`;

// Without this right PostgreSQL shows the sessions of others without the beginning of their transactions.
const maySee = `select pg_has_role('pg_read_all_stats', 'usage') as may`;

/**
 * Waits, as long as it may, until no transaction is older than the bound; gives those that still are, one line each.
 * @throws GateError ACTIVITY_UNREADABLE when transactions of others cannot be seen.
 */
export async function oldTransactions(
  world: World,
  { olderThanSeconds, waitSeconds }: { olderThanSeconds: number; waitSeconds: number },
): Promise<readonly string[]> {
  const { rows: rights } = await (await world.database()).query<{ may: boolean }>(maySee);
  if (rights[0]?.may !== true) {
    const needed = 'the right to see the transactions of others (role pg_read_all_stats, which pg_monitor has)';
    throw gateError('ACTIVITY_UNREADABLE', 'role gates', 'no right to see them', needed);
  }
  const until = performance.now() + waitSeconds * 1000;
  let told = '';
  return poll(world.signal, pollMs, async () => {
    const { rows } = await (await world.database()).query<{ line: string }>(readOld, [olderThanSeconds]);
    const lines = rows.map(({ line }) => line);
    if (lines.length === 0 || performance.now() >= until) return lines;
    const saying = lines.map((line) => line.replace(/, in transaction for \d+ s/, '')).join('; ');
    if (told !== saying) world.say(`waits for old transactions to end: ${lines.join('; ')}`);
    told = saying;
    return undefined;
  });
}

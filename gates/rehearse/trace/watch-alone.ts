import pg from 'pg';

const lockAll = `
select format('lock table %s in access share mode', string_agg(c.oid::regclass::text, ', ')) as statement
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' having count(*) > 0`;
const readLocks = `
select l.relation::int8::float8 as relation, l.mode, a.wait_event_type = 'Lock' as waits
from pg_stat_activity a left join pg_locks l on l.pid = a.pid and l.locktype = 'relation' and l.relation >= 16384
  and l.mode not in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
where a.pid = $1`;

/**
 * Watches a statement that must run outside of a transaction, from two other sessions: one looks at its locks, again and
 * again; the other holds an old snapshot and reads every table, so that the statement meets what it meets in production
 * and stands still until its locks, granted and asked for, have been seen.
 */
export async function watchAlone(url: string, pid: number): Promise<{ end(): Promise<[number, string][]> }> {
  const [holder, observer] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
  await Promise.all([holder.connect(), observer.connect()]);
  await holder.query('begin isolation level repeatable read');
  const { rows } = await holder.query<{ statement: string }>(lockAll);
  if (rows[0] !== undefined) await holder.query(rows[0].statement);
  await holder.query('select txid_current()');
  const seen = new Map<string, [number, string]>();
  let over = false;
  const watching = (async () => {
    for (let held = true; !over; ) {
      const { rows } = await observer.query<{ relation: number | null; mode: string; waits: boolean }>(readLocks, [
        pid,
      ]);
      for (const { relation, mode } of rows) if (relation !== null) seen.set(`${relation} ${mode}`, [relation, mode]);
      if (held && rows.some((row) => row.waits)) {
        held = false;
        await holder.query('rollback');
      }
    }
  })();
  // Who awaits the end is told; until then nobody listens.
  watching.catch(() => undefined);
  return {
    end: async () => {
      over = true;
      try {
        await watching;
      } finally {
        await Promise.all([holder.end(), observer.end()]);
      }
      return [...seen.values()];
    },
  };
}

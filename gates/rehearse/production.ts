import pg, { type ClientBase } from 'pg';
import { gateError } from '../kernel/gate-error.ts';

/** A table of production, as PostgreSQL's own statistics have it. */
export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
  readonly indexBytes: number;
  /** Rows written a second, averaged over the time that statistics have been kept. */
  readonly writesPerSecond: number;
}

/** Bytes of a row without columns: a table that nobody has counted (after an upgrade, say) has no more rows than this allows. */
const smallestRow = 28;
const readSizes = `
select n.nspname || '.' || c.relname as name,
  greatest(case when c.reltuples < 0 then pg_relation_size(c.oid) / ${smallestRow} else c.reltuples end,
    coalesce(s.n_live_tup, 0))::float8 as rows,
  pg_table_size(c.oid)::float8 as bytes, pg_indexes_size(c.oid)::float8 as "indexBytes",
  (coalesce(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0) / greatest(extract(epoch from clock_timestamp() -
    greatest(d.stats_reset, pg_postmaster_start_time() - interval '365 days')), 1))::float8 as "writesPerSecond"
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join pg_stat_user_tables s on s.relid = c.oid
cross join (select coalesce(stats_reset, pg_postmaster_start_time()) as stats_reset from pg_stat_database
  where datname = current_database()) d
where c.relkind in ('r', 'm', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;
const counting = `select current_setting('track_counts') = 'on' as on`;

/**
 * Sizes and write rates of production's tables, by `schema.table`. Read-only, and without a look at any row.
 * @throws GateError STATISTICS_UNREADABLE when the role may not read them, or the server keeps none.
 */
export async function tableSizes(client: ClientBase): Promise<ReadonlyMap<string, TableSize>> {
  try {
    const { rows: settings } = await client.query<{ on: boolean }>(counting);
    if (settings[0]?.on !== true) {
      throw gateError('STATISTICS_UNREADABLE', 'track_counts', 'off', 'on: without it write rates are not known');
    }
    const { rows } = await client.query<TableSize & { name: string }>(readSizes);
    return new Map(rows.map(({ name, ...size }) => [name, size]));
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error;
    const needed = 'the right to read pg_class, pg_stat_user_tables and pg_stat_database (role pg_monitor has it)';
    throw gateError('STATISTICS_UNREADABLE', 'role gates', error.message, needed, error);
  }
}

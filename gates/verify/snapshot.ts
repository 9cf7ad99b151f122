import type { ClientBase } from 'pg';

/** One side of a verification: sessions that all see the database as it was at one moment, until it is closed. */
export interface Snapshot {
  /** A log sequence number read right after the snapshot was taken: all that it shows was committed before. */
  readonly lsn: string | undefined;
  readonly sessions: readonly ClientBase[];
  close(): Promise<void>;
}

/** What opens a session to one side. */
export type OpenSession = () => Promise<ClientBase & { end(): Promise<void> }>;

/** Of a transaction: a server whose client is gone ends its query where it can look (14 and later, not on Windows); elsewhere the bounds do. */
export const endWithUs = `do $$ begin
  perform set_config('client_connection_check_interval', '2s', true);
exception when undefined_object or invalid_parameter_value then null; end $$`;
const begin = 'begin isolation level repeatable read read only';
const exportSnapshot = `select pg_export_snapshot() as id,
  case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end::text as lsn`;
/**
 * All on which the text of a value depends. Row security off is an error where a policy would hide rows, and the
 * parallel workers are our own: how many there are is the caller's to say.
 */
export const pinned = `
set local search_path = pg_catalog;
set local datestyle = 'ISO, YMD';
set local intervalstyle = 'postgres';
set local timezone = 'UTC';
set local extra_float_digits = 1;
set local bytea_output = 'hex';
set local lc_monetary = 'C';
set local client_encoding = 'UTF8';
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
set local row_security = off;
set local max_parallel_workers_per_gather = 0;
set local synchronize_seqscans = off`;

/** Opens `workers` sessions on one snapshot. No statement, and no wait between two, takes longer than `boundSeconds`. */
export async function openSnapshot(open: OpenSession, workers: number, boundSeconds: number): Promise<Snapshot> {
  const opened: Awaited<ReturnType<OpenSession>>[] = [];
  const close = async () => {
    await Promise.all(opened.map((client) => client.end()));
  };
  const bound = `set local statement_timeout = '${boundSeconds}s'; set local lock_timeout = '5s';
    set local idle_in_transaction_session_timeout = '${boundSeconds}s'`;
  try {
    let exported: { id: string; lsn: string } | undefined;
    for (let worker = 0; worker < Math.max(1, workers); worker += 1) {
      const client = await open();
      opened.push(client);
      await client.query(begin);
      if (exported === undefined) exported = (await client.query<{ id: string; lsn: string }>(exportSnapshot)).rows[0];
      else await client.query(`set transaction snapshot '${exported.id}'`);
      await client.query(pinned);
      await client.query(bound);
      await client.query(endWithUs);
    }
    return { lsn: exported?.lsn, sessions: opened, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The session on which a side's single statements run. */
export function firstSession({ sessions: [client] }: Snapshot): ClientBase {
  if (client === undefined) throw new Error('a snapshot without sessions; needed at least one worker');
  return client;
}

import type { ClientBase } from 'pg';
import pg from 'pg';

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
 * All on which the text of a value depends. Row security off is an error where a policy would hide rows, the parallel
 * workers are our own: how many there are is the caller's to say, and what is between two places is read from there.
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
set local synchronize_seqscans = off;
set local enable_tidscan = on`;

/** Opens `workers` sessions on one snapshot. No statement, and no wait between two, takes longer than `boundSeconds`. */
export async function openSnapshot(open: OpenSession, workers: number, boundSeconds: number): Promise<Snapshot> {
  const opened: Awaited<ReturnType<OpenSession>>[] = [];
  const close = async () => {
    await Promise.all(opened.map((client) => client.end()));
  };
  try {
    let exported: ExportedSnapshot | undefined;
    for (let worker = 0; worker < Math.max(1, workers); worker += 1) {
      const client = await open();
      opened.push(client);
      exported = await beginAt(client, exported, boundSeconds);
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

/** What a session gives to others of the same server, for as long as its transaction is open. */
export interface ExportedSnapshot {
  readonly id: string;
  readonly lsn?: string;
}

/** Begins a session's transaction with all pinned: at a snapshot that another one exported, or at its own, which it exports. */
export async function beginAt(
  client: ClientBase,
  exported: ExportedSnapshot | undefined,
  boundSeconds: number,
): Promise<ExportedSnapshot | undefined> {
  await client.query(begin);
  if (exported !== undefined) await client.query(`set transaction snapshot ${pg.escapeLiteral(exported.id)}`);
  const own = exported ?? (await client.query<ExportedSnapshot>(exportSnapshot)).rows[0];
  await client.query(pinned);
  await client.query(`set local statement_timeout = '${boundSeconds}s'; set local lock_timeout = '5s';
    set local idle_in_transaction_session_timeout = '${boundSeconds}s'`);
  await client.query(endWithUs);
  return own;
}

/** Exports a snapshot once more, for sessions that are not this process's. */
export async function exportAgain(snapshot: Snapshot): Promise<string> {
  const { rows } = await firstSession(snapshot).query<ExportedSnapshot>(exportSnapshot);
  const [exported] = rows;
  if (exported === undefined) throw new Error('the server gave no row of a query without a condition');
  return exported.id;
}

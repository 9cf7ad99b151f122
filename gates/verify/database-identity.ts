import type { ClientBase } from 'pg';

/** Which database a session is in, under whatever address. */
export interface DatabaseIdentity {
  /** server_version. */
  readonly server: string;
  /** The database, and the moment at which its server was started: after a restart it is another one. */
  readonly identity: string;
}

const readIdentity = `select current_setting('server_version') as server, format('%s, started %s',
  (select oid from pg_database where datname = current_database()), extract(epoch from pg_postmaster_start_time())) as identity`;

/** Reads which database a session is in. */
export async function databaseIdentity(client: ClientBase): Promise<DatabaseIdentity> {
  const { rows } = await client.query<DatabaseIdentity>(readIdentity);
  const [found] = rows;
  if (found === undefined) throw new Error('the server gave no row of a query without a condition');
  return found;
}

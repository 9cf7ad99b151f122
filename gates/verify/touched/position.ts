import type { ClientBase } from 'pg';

const position = `select pg_catalog.pg_current_wal_insert_lsn()::text as lsn`;

/** Where the server's log ends now: what was committed before is before it. */
export async function readPosition(client: ClientBase): Promise<string> {
  const [found] = (await client.query<{ lsn: string }>(position)).rows;
  if (found === undefined) throw new Error('the server gave no row of a query without a condition');
  return found.lsn;
}

import type { ClientBase } from 'pg';

const readId = `
select (select system_identifier::text from pg_control_system()) || '/' || (select oid from pg_database where datname = current_database()) as id`;

/** Which database a session is in, under whatever address and after a restart too: cluster and database. */
export async function databaseId(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ id: string }>(readId);
  const [found] = rows;
  if (found === undefined) throw new Error('the server gave no row of a query without a condition');
  return found.id;
}

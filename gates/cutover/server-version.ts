import type { ClientBase } from 'pg';

const readVersion = `select current_setting('server_version_num')::int as version`;

/** `server_version_num` of the server that a session is on. */
export async function serverVersion(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ version: number }>(readVersion);
  const [found] = rows;
  if (found === undefined) throw new Error('the server gave no row of a query without a condition');
  return found.version;
}

/** Its major version. */
export async function serverMajor(client: ClientBase): Promise<number> {
  return Math.floor((await serverVersion(client)) / 10_000);
}

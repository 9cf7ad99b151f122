import { type ClientBase, escapeIdentifier as id } from 'pg';
import type { RoleNames } from '../role-rights.ts';

/** Whom a session belongs to, on which version (server_version_num). */
export interface SessionUser {
  readonly name: string;
  readonly super: boolean;
  readonly version: number;
}

const readUser = `
select current_user as name, rolsuper as super, current_setting('server_version_num')::int as version
from pg_roles where rolname = current_user`;

export async function sessionUser(client: ClientBase): Promise<SessionUser> {
  const { rows } = await client.query<SessionUser>(readUser);
  if (rows[0] === undefined) throw new TypeError('the user of a session is no role');
  return rows[0];
}

/** Works as a member of the roles, for who gives something away must be a member of who gets it; afterwards as before. */
export async function asMemberOf(
  client: ClientBase,
  user: SessionUser,
  roles: RoleNames,
  work: () => Promise<void>,
): Promise<void> {
  const joined = user.super ? [] : Object.values(roles).filter((name) => name !== user.name);
  const terms = user.version >= 160_000 ? ' with inherit true, set true' : '';
  for (const name of joined) await client.query(`grant ${id(name)} to ${id(user.name)}${terms}`);
  await work();
  for (const name of joined) await client.query(`revoke ${id(name)} from ${id(user.name)}`);
}

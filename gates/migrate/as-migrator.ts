import { type Client, escapeIdentifier as id } from 'pg';
import type { DatabaseAddress } from '../../infra/platform.ts';
import { connect } from '../kernel/database.ts';
import { roleName } from '../kernel/role-name.ts';
import type { World } from '../kernel/world.ts';

const readVersion = `select current_setting('server_version_num')::int as version`;

/**
 * Does something in a session of its own with the rights of the migrating role. Where roles are identities, a gate has
 * no token of the migrator's: it may administer that role, so it lets itself be the role for as long as this takes.
 */
export async function asMigrator(
  world: World,
  database: DatabaseAddress,
  why: string,
  work: (session: Client) => Promise<void>,
): Promise<void> {
  const own = database.users === undefined;
  const session = await connect(await world.platform(), database, own ? 'migrator' : 'gates', why);
  try {
    if (own) await work(session);
    else await inRole(session, roleName(database, 'migrator'), work);
  } finally {
    await session.end();
  }
}

async function inRole(session: Client, role: string, work: (session: Client) => Promise<void>): Promise<void> {
  const { rows } = await session.query<{ version: number }>(readVersion);
  // Before 16 the admin option of a role comes with the role.
  const grants = (rows[0]?.version ?? 0) >= 160_000;
  if (grants) await session.query(`grant ${id(role)} to current_user with inherit false, set true`);
  try {
    await session.query(`set role ${id(role)}`);
    await work(session);
  } finally {
    await session.query('reset role');
    if (grants) await session.query(`revoke ${id(role)} from current_user`);
  }
}

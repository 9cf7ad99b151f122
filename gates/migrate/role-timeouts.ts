import type { ClientBase } from 'pg';
import { gateError } from '../kernel/gate-error.ts';

const readSettings = `
select s.setconfig as settings from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
where r.rolname = $1 and s.setdatabase = (select oid from pg_database where datname = current_database())`;

// `alter role` takes no parameters; format() with %L does the quoting on the server.
const setTimeout = `
select format('alter role %I in database %I set %I = %L', $1::text, current_database(), $2::text, $3::text) as statement`;

/**
 * Sets lock_timeout and statement_timeout for every session of the migrating role (as it is called there) in this database, and reads them
 * back: the platform side bounds a migration, whatever is in its file (B5).
 * @throws GateError TIMEOUTS_NOT_SET when they are not in force afterwards.
 */
export async function setRoleTimeouts(
  client: ClientBase,
  migrator: string,
  timeouts: { lock: string; statement: string },
): Promise<void> {
  const wanted = { lock_timeout: timeouts.lock, statement_timeout: timeouts.statement };
  const before = await settings(client, migrator);
  for (const [name, value] of Object.entries(wanted)) {
    if (before.includes(`${name}=${value}`)) continue;
    const { rows } = await client.query<{ statement: string }>(setTimeout, [migrator, name, value]);
    await client.query(rows[0]?.statement ?? '').catch((error: Error) => {
      throw gateError('TIMEOUTS_NOT_SET', name, error.message, `${name}=${value} on role ${migrator}`, error);
    });
  }
  const after = await settings(client, migrator);
  for (const [name, value] of Object.entries(wanted)) {
    if (after.includes(`${name}=${value}`)) continue;
    throw gateError('TIMEOUTS_NOT_SET', name, after.join(', ') || 'nothing', `${name}=${value} on role ${migrator}`);
  }
}

async function settings(client: ClientBase, migrator: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ settings: string[] }>(readSettings, [migrator]);
  return rows[0]?.settings ?? [];
}

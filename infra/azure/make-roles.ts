import { type ClientBase, escapeIdentifier as id } from 'pg';
import { connect } from '../../gates/kernel/database.ts';
import { gateError, messageOf } from '../../gates/kernel/gate-error.ts';
import { setRoleTimeouts } from '../../gates/migrate/role-timeouts.ts';
import type { DatabaseAddress, Platform } from '../platform.ts';
import { administerMigrator, databaseRights, type RoleNames, schemaRights } from '../role-rights.ts';
import { proveApp } from './prove-app.ts';
import { missingRights, type RoleTimeouts } from './role-facts.ts';
import { asMemberOf, sessionUser } from './role-member.ts';

/** The roles to be made, where, and as whom. */
export interface RolesWanted {
  readonly database: DatabaseAddress;
  /** Microsoft Entra administrator of the server. */
  readonly administrator: string;
  readonly users: RoleNames;
  readonly timeouts: RoleTimeouts;
}

const roleExists = 'select from pg_roles where rolname = $1';
// https://learn.microsoft.com/azure/postgresql/flexible-server/security-manage-entra-users: not an administrator, no MFA.
const createPrincipal = 'select pgaadauth_create_principal($1, false, false)';
const oneAtATime = `select pg_advisory_xact_lock(hashtextextended('sallyport.roles', 0))`;
const readGates = `
select rolsuper or rolcreaterole as creates, pg_has_role($1, $2, 'member with admin option') as administers
from pg_roles where rolname = $1`;

/** A session of the administrator. His token is that of whoever runs this, as a gate's is. */
export function connectAsAdministrator(platform: Platform, wanted: RolesWanted, database: string) {
  const users = { ...wanted.users, gates: wanted.administrator };
  return connect(platform, { ...wanted.database, database, users }, 'gates', 'sallyport database roles');
}

/**
 * Makes the roles and their rights, and proves that the app's may not change the schema. All or nothing in the
 * application's database; running it again changes nothing.
 * @throws GateError DATABASE_ROLES_NOT_MADE, or APP_MAY_DO_DDL.
 */
export async function makeRoles(platform: Platform, wanted: RolesWanted): Promise<void> {
  await inSession(platform, wanted, 'postgres', async (client) => {
    for (const name of Object.values(wanted.users)) {
      const there = await client.query(roleExists, [name]);
      if (there.rowCount === 0) await client.query(createPrincipal, [name]);
    }
  });
  await inSession(platform, wanted, wanted.database.database, async (client) => {
    await client.query('begin');
    try {
      await client.query(oneAtATime);
      await grantRights(client, wanted);
      const missing = await missingRights(client, wanted.users, wanted.timeouts);
      if (missing.length > 0) {
        throw gateError('DATABASE_ROLES_NOT_MADE', wanted.database.database, missing.join('; '), 'all rights in force');
      }
      await proveApp(client, wanted.users);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback').catch(() => undefined); // the session is gone, and the server has rolled back
      throw error;
    }
  });
}

async function grantRights(client: ClientBase, { users, database, timeouts }: RolesWanted): Promise<void> {
  const self = await sessionUser(client);
  await asMemberOf(client, self, users, async () => {
    for (const statement of databaseRights(users, database.database)) await client.query(statement);
    await letGatesAdminister(client, users, self.version);
    for (const statement of schemaRights(users)) await client.query(statement);
    await setRoleTimeouts(client, users.migrator, timeouts);
  });
}

/** An administrator who is `gates` himself has it already, and nobody may grant it back to him. */
async function letGatesAdminister(client: ClientBase, users: RoleNames, version: number): Promise<void> {
  const { rows } = await client.query<{ creates: boolean; administers: boolean }>(readGates, [
    users.gates,
    users.migrator,
  ]);
  if (rows[0]?.creates !== true) await client.query(`alter role ${id(users.gates)} createrole`);
  if (rows[0]?.administers !== true) await client.query(administerMigrator(users, version));
}

async function inSession(
  platform: Platform,
  wanted: RolesWanted,
  database: string,
  work: (client: ClientBase) => Promise<void>,
): Promise<void> {
  const client = await connectAsAdministrator(platform, wanted, database);
  try {
    await work(client);
  } catch (error) {
    if ((error as Error).name === 'GateError') throw error;
    const found = `"${wanted.administrator}" in ${database}: ${messageOf(error)}`;
    throw gateError('DATABASE_ROLES_NOT_MADE', wanted.database.host, found, 'its Microsoft Entra administrator', error);
  } finally {
    await client.end();
  }
}

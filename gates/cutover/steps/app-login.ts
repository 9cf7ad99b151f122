import type { Client } from 'pg';
import type { DatabaseAddress, Platform } from '../../../infra/platform.ts';
import { roleName } from '../../kernel/role-name.ts';
import { sessionsTo } from '../../verify/open-side.ts';
import type { Plan } from '../plan.ts';
import { type Side, sideOf } from '../sides.ts';

/**
 * Opens a session of a side as the application opens one; undefined for a role whose password the platform does not have. On
 * Azure it has none: a token opens a session for its own principal only, and the operator's is not the application's.
 * `database` says what the platform's roles are called.
 */
export async function appLogin(
  platform: Platform,
  database: DatabaseAddress,
  plan: Pick<Plan, Side>,
  side: Side,
  role: string,
): Promise<Client | undefined> {
  if (platform.address.kind === 'azure' || role !== roleName(database, 'app')) return undefined;
  const password = await platform.databasePassword('app');
  return (await sessionsTo({ ...sideOf(plan, side), user: role, password }, 'sallyport probe')()) as Client;
}

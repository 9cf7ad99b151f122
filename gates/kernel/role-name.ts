import type { DatabaseAddress, DatabaseRole } from '../../infra/platform.ts';

/** What a role is called on the server: on Azure the name of an identity, elsewhere its own. */
export function roleName({ users }: Pick<DatabaseAddress, 'users'>, role: DatabaseRole): string {
  return users?.[role] ?? role;
}

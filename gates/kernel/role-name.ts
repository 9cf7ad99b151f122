import type { DatabaseAddress, DatabaseRole } from '../../infra/platform.ts';

/** What a role is called on the server: on Azure the name of an identity, elsewhere its own. */
export function roleName({ users }: Pick<DatabaseAddress, 'users'>, role: DatabaseRole): string {
  return users?.[role] ?? role;
}

/** The role of the release that a server calls by this name; any other role has its own. */
export function roleOf({ users }: Pick<DatabaseAddress, 'users'>, name: string): string {
  return Object.entries(users ?? {}).find(([, called]) => called === name)?.[0] ?? name;
}

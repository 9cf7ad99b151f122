import { escapeIdentifier as id } from 'pg';
import type { DatabaseRole } from './platform.ts';

/** What the three roles of a release are called on a server. */
export type RoleNames = Readonly<Record<DatabaseRole, string>>;

/**
 * Statements that give the roles their rights to a database and to the server's statistics. They change nothing when
 * they run again, on every platform.
 */
export function databaseRights(names: RoleNames, database: string): readonly string[] {
  const [gates, migrator, app] = quoted(names);
  return [
    `grant pg_read_all_data, pg_monitor, pg_signal_backend to ${gates}`,
    `revoke all on database ${id(database)} from public`,
    `grant connect, create, temporary on database ${id(database)} to ${migrator}`,
    `grant connect, create, temporary on database ${id(database)} to ${gates}`,
    `grant connect on database ${id(database)} to ${app}`,
  ];
}

/**
 * What "alter role migrator set lock_timeout = …" needs: the admin option on the role. From 16 on that comes without
 * the role's own rights, so that a gate cannot change the application's data. `version` as server_version_num.
 */
export function administerMigrator(names: RoleNames, version: number): string {
  const [gates, migrator] = quoted(names);
  const terms = version >= 160_000 ? 'with admin true, inherit false, set false' : 'with admin option';
  return `grant ${migrator} to ${gates} ${terms}`;
}

/** Statements inside the database: who owns its schemas, and that the app can use what the migrator makes from now on. */
export function schemaRights(names: RoleNames): readonly string[] {
  const [gates, migrator, app] = quoted(names);
  return [
    `alter schema public owner to ${migrator}`,
    `revoke all on schema public from public`,
    `grant usage on schema public to ${app}, ${gates}`,
    `create schema if not exists sallyport authorization ${gates}`,
    `alter schema sallyport owner to ${gates}`,
    `revoke all on schema sallyport from public`,
    `alter default privileges for role ${migrator} grant select, insert, update, delete on tables to ${app}`,
    `alter default privileges for role ${migrator} grant usage, select, update on sequences to ${app}`,
    `alter default privileges for role ${migrator} grant usage on schemas to ${app}`,
  ];
}

function quoted({ gates, migrator, app }: RoleNames): [string, string, string] {
  return [id(gates), id(migrator), id(app)];
}

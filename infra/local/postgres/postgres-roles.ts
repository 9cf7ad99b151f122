import { Client } from 'pg';
import { ensureSecret, putSecret } from '../secrets.ts';

/** The application's database. */
export const databaseName = 'app';

const ROLES = ['gates', 'migrator', 'app'] as const;

// Errors are logged with their statement by default, and these statements carry passwords.
const KEEP_STATEMENTS_OUT_OF_THE_LOG = `set log_min_error_statement = 'panic'`;

const CREATE_ROLE = `
do $$ begin
  if not exists (select from pg_roles where rolname = '%NAME%') then create role %NAME% login; end if;
end $$`;

const ROLE_RIGHTS = [
  `alter role gates createrole createdb`,
  // Lets gates copy it for a restore point, and nobody else: no other role may create databases.
  `alter database app is_template true`,
  `grant pg_read_all_data, pg_monitor, pg_signal_backend to gates`,
  `revoke all on database app from public`,
  `grant connect, create, temporary on database app to migrator`,
  `grant connect, create, temporary on database app to gates`,
  `grant connect on database app to app`,
];

// What "alter role migrator set lock_timeout = …" needs: CREATEROLE and the admin option on the role. From 16 on that
// comes without the role's own rights, so that a gate cannot change the application's data.
const ADMINISTER_MIGRATOR = `grant migrator to gates with admin true, inherit false, set false`;
const ADMINISTER_MIGRATOR_BEFORE_16 = `grant migrator to gates with admin option`;

const SERVER_VERSION = `select current_setting('server_version_num')::int as version`;

const SCHEMA_RIGHTS = [
  `alter schema public owner to migrator`,
  `revoke all on schema public from public`,
  `grant usage on schema public to app, gates`,
  `create schema if not exists sallyport authorization gates`,
  `alter schema sallyport owner to gates`,
  `revoke all on schema sallyport from public`,
  `alter default privileges for role migrator grant select, insert, update, delete on tables to app`,
  `alter default privileges for role migrator grant usage, select, update on sequences to app`,
  `alter default privileges for role migrator grant usage on schemas to app`,
];

const DATABASE_EXISTS = `select from pg_database where datname = $1`;

/** Makes the roles, the database and its rights, and keeps the addresses of both as secrets; running it again changes nothing. */
export async function bootstrapRoles(directory: string, port: number): Promise<void> {
  await prepareDatabase(directory, port);
  for (const role of ['app', 'migrator']) {
    const secret = await ensureSecret(directory, `database-password-${role}`);
    const url = `postgres://${role}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${databaseName}`;
    await putSecret(directory, `database-url-${role}`, url);
  }
}

/** Roles, database and rights on the server at `port`, every password from the environment's secrets. */
export async function prepareDatabase(directory: string, port: number): Promise<void> {
  const password = await ensureSecret(directory, 'database-password-postgres');
  const superuser = { host: '127.0.0.1', port, user: 'postgres', password };
  await withClient({ ...superuser, database: 'postgres' }, async (client) => {
    await client.query(KEEP_STATEMENTS_OUT_OF_THE_LOG);
    for (const role of ROLES) {
      const secret = await ensureSecret(directory, `database-password-${role}`);
      await client.query(CREATE_ROLE.replaceAll('%NAME%', role));
      await client.query(`alter role ${role} password ${client.escapeLiteral(secret)}`);
    }
    const exists = await client.query(DATABASE_EXISTS, [databaseName]);
    if (exists.rowCount === 0) await client.query(`create database ${databaseName}`);
    for (const statement of ROLE_RIGHTS) await client.query(statement);
    const { rows } = await client.query<{ version: number }>(SERVER_VERSION);
    await client.query((rows[0]?.version ?? 0) >= 160_000 ? ADMINISTER_MIGRATOR : ADMINISTER_MIGRATOR_BEFORE_16);
  });
  await withClient({ ...superuser, database: databaseName }, async (client) => {
    for (const statement of SCHEMA_RIGHTS) await client.query(statement);
  });
}

async function withClient(
  config: { host: string; port: number; user: string; password: string; database: string },
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client({ ...config, connectionTimeoutMillis: 5_000, query_timeout: 20_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

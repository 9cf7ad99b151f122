import { Client } from 'pg';
import { administerMigrator, databaseRights, schemaRights } from '../../role-rights.ts';
import { pointedDatabase, putDatabaseUrls } from '../pointer.ts';
import { ensureSecret } from '../secrets.ts';

/** The application's database. */
export const databaseName = 'app';

const ROLES = { gates: 'gates', migrator: 'migrator', app: 'app' };

// Errors are logged with their statement by default, and these statements carry passwords.
const KEEP_STATEMENTS_OUT_OF_THE_LOG = `set log_min_error_statement = 'panic'`;

const CREATE_ROLE = `
do $$ begin
  if not exists (select from pg_roles where rolname = '%NAME%') then create role %NAME% login; end if;
end $$`;

// Lets gates copy the database for a restore point, and nobody else: no other role may create databases.
const COPY_RIGHTS = ['alter role gates createrole createdb', 'alter database app is_template true'];

const SERVER_VERSION = `select current_setting('server_version_num')::int as version`;

const DATABASE_EXISTS = `select from pg_database where datname = $1`;

/** Makes the roles, the database and its rights, and keeps its addresses, or those of the database pointed to, as secrets; running it again changes nothing. */
export async function bootstrapRoles(directory: string, port: number): Promise<void> {
  await prepareDatabase(directory, port);
  const own = { host: '127.0.0.1', port, database: databaseName, tls: false };
  await putDatabaseUrls(directory, (await pointedDatabase(directory)) ?? own);
}

/** Roles, database and rights on the server at `port`, every password from the environment's secrets. */
export async function prepareDatabase(directory: string, port: number): Promise<void> {
  const password = await ensureSecret(directory, 'database-password-postgres');
  const superuser = { host: '127.0.0.1', port, user: 'postgres', password };
  await withClient({ ...superuser, database: 'postgres' }, async (client) => {
    await client.query(KEEP_STATEMENTS_OUT_OF_THE_LOG);
    for (const role of Object.values(ROLES)) {
      const secret = await ensureSecret(directory, `database-password-${role}`);
      await client.query(CREATE_ROLE.replaceAll('%NAME%', role));
      await client.query(`alter role ${role} password ${client.escapeLiteral(secret)}`);
    }
    const exists = await client.query(DATABASE_EXISTS, [databaseName]);
    if (exists.rowCount === 0) await client.query(`create database ${databaseName}`);
    for (const statement of [...COPY_RIGHTS, ...databaseRights(ROLES, databaseName)]) await client.query(statement);
    const { rows } = await client.query<{ version: number }>(SERVER_VERSION);
    await client.query(administerMigrator(ROLES, rows[0]?.version ?? 0));
  });
  await withClient({ ...superuser, database: databaseName }, async (client) => {
    for (const statement of schemaRights(ROLES)) await client.query(statement);
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

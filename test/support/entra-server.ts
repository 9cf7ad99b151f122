import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { readSecret } from '../../infra/local/secrets.ts';
import type { DatabaseAddress, Platform } from '../../infra/platform.ts';
import { sharedEnvironment } from '../gates/local-environment.ts';

/** The rights that a flexible server gives its Microsoft Entra administrator: no superuser, and an owner of the database by membership. */
const asTheService = (database: string, administrator: string, token: string) => [
  `do $$ begin if not exists (select from pg_roles where rolname = 'azure_pg_admin') then
     create role azure_pg_admin nologin createrole createdb; end if; end $$`,
  `grant pg_read_all_data, pg_monitor, pg_signal_backend to azure_pg_admin with admin option`,
  `create role "${administrator}" login createrole createdb password '${token}' in role azure_pg_admin`,
  `create database ${database} owner azure_pg_admin`,
];
/** The service makes the role of an identity; its token opens it. Whoever asked may administer the role. */
const createPrincipal = (token: string, administrable: boolean) => `
create or replace function pgaadauth_create_principal(name text, is_admin boolean, is_mfa boolean) returns text
language plpgsql security definer as $$
begin
  if is_admin or is_mfa then raise 'not in this test'; end if;
  execute format('create role %I login password %L', name, '${token}');
  if ${administrable} then execute format('grant %I to %I with admin true, inherit false, set false', name, session_user); end if;
  return 'Created role for ' || name;
end $$`;

/** A database as a flexible server has it when nobody but the service has been there, and its administrator. */
export interface EntraServer {
  readonly platform: Platform;
  readonly database: DatabaseAddress;
  readonly administrator: string;
  readonly users: { readonly gates: string; readonly migrator: string; readonly app: string };
  /** A session as anybody; `postgres` is the service itself. */
  session(user: string): Promise<Client>;
}

let servers = 0;

export async function entraServer(options: { readonly administrable?: boolean } = {}): Promise<EntraServer> {
  const { environment, directory } = await sharedEnvironment();
  const { host, port, tls } = environment.database;
  const number = ++servers;
  const [database, administrator] = [`entra_${number}`, `id-sallyport-admin-${number}`];
  const token = randomBytes(12).toString('hex');
  const superuser = {
    host,
    port,
    user: 'postgres',
    password: await readSecret(directory, 'database-password-postgres'),
  };
  const service = new Client({ ...superuser, database: 'postgres' });
  await service.connect();
  try {
    for (const statement of asTheService(database, administrator, token)) await service.query(statement);
    await service.query(createPrincipal(token, options.administrable ?? true));
  } finally {
    await service.end();
  }
  const session = async (user: string) => {
    const password = user === 'postgres' ? superuser.password : token;
    const client = new Client({ host, port, user, password, database });
    await client.connect();
    return client;
  };
  const [gates, migrator, app] = ['gates', 'migrate', 'apps'].map((of) => `id-sallyport-${of}-${number}`) as [
    string,
    string,
    string,
  ];
  return {
    platform: { address: environment.address, apps: undefined as never, databasePassword: async () => token },
    database: { host, port, tls, database },
    administrator,
    users: { gates, migrator, app },
    session,
  };
}

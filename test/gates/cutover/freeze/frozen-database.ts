import pg from 'pg';
import { ensureLedger } from '../../../../gates/kernel/ledger/schema.ts';
import { type VerifyDatabase, verifyDatabase } from '../../verify/verify-servers.ts';

/** A database with an application whose roles hold their rights in every way there is. */
export interface FrozenDatabase {
  readonly database: VerifyDatabase;
  readonly ledger: pg.Client;
  readonly operator: pg.Client;
  /** Opens a session as one of the roles; `close` ends all. */
  as(role: string): Promise<pg.Client>;
  superuser(): Promise<pg.Client>;
  close(): Promise<void>;
}

/** Roles are of a server: each database of a test has its own. */
let made = 0;

/** Names of the roles of a database that a test made. */
export interface Roles {
  readonly app: string;
  readonly owner: string;
  readonly other: string;
  readonly ledger: string;
}

export async function frozenDatabase(major: number): Promise<FrozenDatabase & { readonly roles: Roles }> {
  const n = ++made;
  const roles = { app: `app_${n}`, owner: `owner_${n}`, other: `other_${n}`, ledger: `ledger_${n}` };
  const database = await verifyDatabase(major);
  const name = new URL(database.url).pathname.slice(1);
  await database.run(`
    create role ${roles.app} login password 'p'; create role ${roles.owner} login password 'p';
    create role ${roles.other} login password 'p'; create role ${roles.ledger} login password 'p';
    grant pg_read_all_data to ${roles.ledger};
    alter role ${roles.other} set default_transaction_read_only = off;
    alter role ${roles.app} in database ${name} set default_transaction_read_only = off;
    alter role ${roles.app} in database ${name} set work_mem = '8MB';
    create schema sallyport authorization ${roles.ledger};
    grant create on database ${name} to ${roles.ledger};
    grant create, usage on schema public to ${roles.owner}, ${roles.app};
    set role ${roles.owner};
    create table public.plain (id bigint generated always as identity primary key, note text);
    create table public.columns (id int, note text, other text);
    create table public.parts (id int) partition by range (id);
    create table public.parts_1 partition of public.parts for values from (0) to (1000);
    create table public."Odd ""name" (id int);
    create view public.door as select * from public.plain;
    create sequence public.numbers;
    grant select, insert, update, delete, truncate on public.plain to ${roles.app} with grant option;
    grant select on public.columns to ${roles.app};
    grant insert (id, note), update (note) on public.columns to ${roles.app};
    grant select, insert on public.parts, public.parts_1 to public;
    grant all on public."Odd ""name" to ${roles.app};
    grant select, insert on public.door to ${roles.app};
    grant usage, select, update on public.numbers to ${roles.app};
    set role ${roles.app};
    grant insert on public.plain to ${roles.other};
    create table public.mine (id int);
    reset role;
    insert into public.plain (note) values ('first')`);
  const opened: pg.Client[] = [];
  const connect = async (url: string, application: string) => {
    const client = new pg.Client({ connectionString: url, application_name: application });
    client.on('error', () => undefined);
    await client.connect();
    opened.push(client);
    return client;
  };
  const as = (role: string) => {
    const url = new URL(database.url);
    url.username = role;
    url.password = 'p';
    return connect(url.href, 'a test');
  };
  const operator = await connect(database.url, 'sallyport cutover test');
  await operator.query(`set default_transaction_read_only = off`);
  const ledger = await as(roles.ledger);
  await ledger.query(`set default_transaction_read_only = off`);
  await ensureLedger(ledger);
  const close = async () => {
    await Promise.allSettled(opened.map((client) => client.end()));
  };
  const superuser = () => connect(database.url, 'somebody');
  return { database, ledger, operator, as, superuser, close, roles };
}

/** Access lists and settings, as the catalog has them: what a thaw must bring back. */
export async function rightsAndSettings(database: VerifyDatabase): Promise<unknown> {
  const { rows: lists } = await database.run(`
    select c.relname, (select array_agg(a::text order by a::text)
      from unnest(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) a) as acl
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'S') order by 1`);
  const { rows: columns } = await database.run(`
    select attrelid::regclass::text as relation, attname, attacl::text from pg_attribute where attacl is not null order by 1, 2`);
  const { rows: settings } = await database.run(`
    select setrole::regrole::text as role, setdatabase, array(select unnest(setconfig) order by 1) as setconfig
    from pg_db_role_setting where setdatabase in (0, (select oid from pg_database where datname = current_database()))
    order by 1, 2`);
  return { lists, columns, settings };
}

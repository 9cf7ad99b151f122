import type { ClientBase } from 'pg';
import type { RoleNames } from '../role-rights.ts';

/** Bounds of the migrating role's sessions, as PostgreSQL reads them: `5s`. */
export interface RoleTimeouts {
  readonly lock: string;
  readonly statement: string;
}

const readRoles = `
select w.role, w.name, r.oid is not null as there, coalesce(r.rolcanlogin, false) as login
from unnest($1::text[], $2::text[]) as w(role, name) left join pg_roles r on r.rolname = w.name`;

const readRights = `
select
  pg_get_userbyid((select nspowner from pg_namespace where nspname = 'public')) as public_owner,
  pg_get_userbyid((select nspowner from pg_namespace where nspname = 'sallyport')) as ledger_owner,
  has_database_privilege($1, current_database(), 'connect') and has_database_privilege($1, current_database(), 'create')
    and pg_has_role($1, 'pg_read_all_data', 'usage') and pg_has_role($1, 'pg_monitor', 'usage')
    and pg_has_role($1, 'pg_signal_backend', 'usage') as gates,
  (select rolsuper or rolcreaterole from pg_roles where rolname = $1)
    and pg_has_role($1, $2, 'member with admin option') as administers,
  has_database_privilege($2, current_database(), 'connect') and has_database_privilege($2, current_database(), 'create')
    as migrator,
  has_database_privilege($3, current_database(), 'connect') and has_schema_privilege($3, 'public', 'usage') as app,
  (select count(*)::int from pg_default_acl d cross join lateral aclexplode(d.defaclacl) a
   where d.defaclnamespace = 0 and d.defaclrole = (select oid from pg_roles where rolname = $2)
     and a.grantee = (select oid from pg_roles where rolname = $3)) as defaults`;

/** select, insert, update, delete on tables; usage, select, update on sequences; usage on schemas. */
const defaultPrivileges = 8;

const readTimeouts = `
select coalesce(s.setconfig, '{}') as settings from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
where r.rolname = $1 and s.setdatabase = (select oid from pg_database where datname = current_database())`;

// What the migrating role does not own, its migrations cannot change. Extensions have their own objects.
const readForeign = `
select format('%I.%I', n.nspname, c.relname) as name, pg_get_userbyid(c.relowner) as owner
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and pg_get_userbyid(c.relowner) <> $1
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1 limit 20`;

const readDdlRights = `
select 'the attribute ' || a.name as right from pg_roles r
  cross join lateral (values ('superuser', r.rolsuper), ('createrole', r.rolcreaterole), ('createdb', r.rolcreatedb)) a(name, has)
  where r.rolname = $1 and a.has
union all
select 'create on database ' || current_database() where has_database_privilege($1, current_database(), 'create')
union all
select 'create on schema ' || nspname from pg_namespace
  where nspname !~ '^pg_(toast|temp)' and has_schema_privilege($1, oid, 'create')
union all
select 'membership in role ' || r.rolname from pg_roles r
  where r.rolname <> $1 and r.rolname !~ '^pg_' and pg_has_role($1, r.oid, 'member')
union all
(select 'ownership of ' || c.oid::regclass from pg_class c where pg_get_userbyid(c.relowner) = $1 limit 20)
union all
select 'ownership of schema ' || nspname from pg_namespace where pg_get_userbyid(nspowner) = $1`;

/** What is missing of the roles and their rights in the database of a session, one line each. Read-only. */
export async function missingRights(
  client: ClientBase,
  names: RoleNames,
  timeouts: RoleTimeouts,
): Promise<readonly string[]> {
  const { rows: roles } = await client.query<{ role: string; name: string; there: boolean; login: boolean }>(
    readRoles,
    [Object.keys(names), Object.values(names)],
  );
  const absent = roles.filter(({ there, login }) => !there || !login);
  if (absent.length > 0) {
    return absent.map(
      ({ role, name, there }) => `role ${role} ("${name}") ${there ? 'may not log in' : 'is not there'}`,
    );
  }
  const { gates, migrator, app } = names;
  const { rows } = await client.query<Rights>(readRights, [gates, migrator, app]);
  const rights = rows[0];
  if (rights === undefined) throw new TypeError('a query of one row gave none');
  const settings = await client.query<{ settings: string[] }>(readTimeouts, [migrator]);
  const set = settings.rows[0]?.settings ?? [];
  const foreign = await client.query<{ name: string; owner: string }>(readForeign, [migrator]);
  return [
    ...(rights.public_owner === migrator ? [] : [`schema public belongs to "${rights.public_owner}"`]),
    ...(rights.ledger_owner === gates ? [] : [`schema sallyport belongs to "${rights.ledger_owner ?? 'nobody'}"`]),
    ...(rights.gates ? [] : [`"${gates}" may not read and keep what gates need`]),
    ...(rights.administers ? [] : [`"${gates}" may not set timeouts on "${migrator}"`]),
    ...(rights.migrator ? [] : [`"${migrator}" may not connect and create`]),
    ...(rights.app ? [] : [`"${app}" may not connect and use schema public`]),
    ...(rights.defaults >= defaultPrivileges ? [] : [`"${app}" would not get the rights to what "${migrator}" makes`]),
    ...Object.entries({ lock_timeout: timeouts.lock, statement_timeout: timeouts.statement })
      .filter(([name, value]) => !set.includes(`${name}=${value}`))
      .map(([name, value]) => `"${migrator}" has no ${name}=${value}`),
    ...foreign.rows.map(({ name, owner }) => `${name} belongs to "${owner}" and not to "${migrator}"`),
  ];
}

/** Every right of a role by which it could change the schema, one line each; none for a role that may not. Read-only. */
export async function ddlRights(client: ClientBase, role: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ right: string }>(readDdlRights, [role]);
  return rows.map(({ right }) => right);
}

interface Rights {
  readonly public_owner: string;
  readonly ledger_owner: string | null;
  readonly gates: boolean;
  readonly administers: boolean;
  readonly migrator: boolean;
  readonly app: boolean;
  readonly defaults: number;
}

import type { ClientBase } from 'pg';
import { escapeIdentifier as id } from 'pg';
import type { DatabaseAddress } from '../../infra/platform.ts';
import { roleName, roleOf } from '../kernel/role-name.ts';

const roles = `select rolname as name from pg_roles where rolname !~ '^pg_' and not rolsuper order by 1`;
// What the migrating role does not own, no migration made: somebody prepared it, and the shadow needs it too.
const extensions = `
select x.extname as name, n.nspname as schema from pg_extension x join pg_namespace n on n.oid = x.extnamespace
where x.extname <> 'plpgsql' and pg_get_userbyid(x.extowner) <> $1 order by 1`;
const schemas = `
select nspname as name from pg_namespace
where nspname !~ '^pg_' and nspname not in ('information_schema', 'public', 'sallyport')
  and pg_get_userbyid(nspowner) <> $1 order by 1`;
const schemaGrants = `
select n.nspname as schema, a.privilege_type as privilege, coalesce(r.rolname, 'public') as grantee
from pg_namespace n cross join lateral aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
left join pg_roles r on r.oid = a.grantee
where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport')
  and (n.nspname = 'public' or pg_get_userbyid(n.nspowner) <> $1) and a.grantee <> n.nspowner`;
const defaults = `
select pg_get_userbyid(d.defaclrole) as role, n.nspname as schema, a.privilege_type as privilege,
  case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types'
    else 'schemas' end as objects, coalesce(r.rolname, 'public') as grantee
from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace
cross join lateral aclexplode(d.defaclacl) a left join pg_roles r on r.oid = a.grantee
where a.grantee <> d.defaclrole`;
const existing = `select rolname as name from pg_roles`;

/**
 * Statements that give the shadow what production had before its first migration: roles, schemas, extensions, default
 * privileges. The release's roles have their own names there.
 */
export async function bootstrapOf(
  production: ClientBase,
  database: Pick<DatabaseAddress, 'users'>,
): Promise<readonly string[]> {
  const migrator = roleName(database, 'migrator');
  const own = (name: string) => id(roleOf(database, name));
  const read = async <Row extends object>(sql: string, values: unknown[] = []) =>
    (await production.query<Row>(sql, values)).rows;
  const to = (grantee: string) => (grantee === 'public' ? 'public' : own(grantee));
  const statements: string[] = [];
  for (const { name } of await read<{ name: string }>(roles)) statements.push(`create role ${own(name)} nologin`);
  for (const { name } of await read<{ name: string }>(schemas, [migrator]))
    statements.push(`create schema if not exists ${id(name)}`);
  for (const { schema, privilege, grantee } of await read<{ schema: string; privilege: string; grantee: string }>(
    schemaGrants,
    [migrator],
  )) {
    statements.push(`grant ${privilege} on schema ${id(schema)} to ${to(grantee)}`);
  }
  for (const { name, schema } of await read<{ name: string; schema: string }>(extensions, [migrator]))
    statements.push(`create extension if not exists ${id(name)} schema ${id(schema)}`);
  type Default = { role: string; schema: string | null; privilege: string; objects: string; grantee: string };
  for (const { role, schema, privilege, objects, grantee } of await read<Default>(defaults)) {
    const where = schema === null ? '' : ` in schema ${id(schema)}`;
    statements.push(
      `alter default privileges for role ${own(role)}${where} grant ${privilege} on ${objects} to ${to(grantee)}`,
    );
  }
  return statements;
}

/** Runs them in the shadow; a role that is there stays. What the shadow's server does not take is given back, one line each. */
export async function applyBootstrap(shadow: ClientBase, statements: readonly string[]): Promise<readonly string[]> {
  const { rows } = await shadow.query<{ name: string }>(existing);
  const there = new Set(rows.map(({ name }) => `create role ${id(name)} nologin`));
  const refused: string[] = [];
  for (const statement of statements) {
    if (there.has(statement)) continue;
    await shadow.query(statement).catch((error: Error) => refused.push(`${statement}: ${error.message}`));
  }
  return refused;
}

import type { ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';

/** Roles whose rights the named ones have or can take on, predefined ones excepted: those have no rights that can be taken. */
const readMemberships = `
select g.rolname::text as role, g.rolsuper as super from pg_catalog.pg_roles g
where g.rolname !~ '^pg_' and exists (
  select from pg_catalog.pg_roles r where r.rolname = any($1) and (r.oid = g.oid
    or not r.rolsuper and pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')))
order by 1`;

/** Functions that one of the roles may call, that may write, and that run with the rights of somebody else. */
const readDoors = `
select p.oid::regprocedure::text as function, o.rolname::text as role, o.rolsuper as super
from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_roles o on o.oid = p.proowner
where p.prosecdef and p.provolatile = 'v'
  and p.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
  and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport')
  and not exists (select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  and exists (select from pg_catalog.pg_roles r where r.rolname = any($1)
    and pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
    and pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE'))`;

interface Reached {
  readonly role: string;
  readonly super: boolean;
}

/** Whose rights must go, and what stands in the way of that: superusers have none that could be taken. */
export interface Closure {
  readonly roles: readonly string[];
  readonly beyond: readonly { readonly about: string; readonly found: string }[];
}

/**
 * The roles whose rights must go so that the named ones cannot write: themselves, the roles they are members of, the owners of
 * functions through which they reach more.
 */
export async function closureOf(client: ClientBase, named: readonly string[]): Promise<Closure> {
  let roles = [...named];
  for (;;) {
    const { rows: members } = await client.query<Reached>(readMemberships, [roles]);
    // What a superuser may call is everything, and needs no door.
    const bound = members.filter((each) => !each.super).map(({ role }) => role);
    const { rows: doors } = await client.query<Reached & { function: string }>(readDoors, [bound]);
    const through = doors.filter((each) => !each.super).map(({ role }) => role);
    const all = [...new Set([...members.map(({ role }) => role), ...through])].sort();
    if (all.length !== roles.length || !all.every((role) => roles.includes(role))) {
      roles = all;
      continue;
    }
    const unbound = members.filter((each) => each.super).map(({ role }) => ({ about: role, found: 'a superuser' }));
    const open = doors
      .filter((each) => each.super)
      .map(({ role, function: door }) => ({ about: door, found: `a function with the rights of superuser ${role}` }));
    return { roles: bound, beyond: [...unbound, ...open] };
  }
}

/**
 * The roles of {@link closureOf}.
 * @throws GateError FREEZE_INCOMPLETE where one of them is a superuser: it has no rights that could be taken.
 */
export async function rolesToClose(client: ClientBase, named: readonly string[]): Promise<readonly string[]> {
  const { roles, beyond } = await closureOf(client, named);
  const [first] = beyond;
  if (first === undefined) return roles;
  throw gateError('FREEZE_INCOMPLETE', first.about, first.found, 'writers whose rights can be taken');
}

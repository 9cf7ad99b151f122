import pg, { type ClientBase } from 'pg';
import { applicationRelations } from './application-relations.ts';
import { rightKey, type WriteRight } from './freeze-journal.ts';

/** Rights to write, of tables and of sequences; what else a list grants stays as it is. */
const tableRights = `'{INSERT,UPDATE,DELETE,TRUNCATE}'::text[]`;
const sequenceRights = `'{USAGE,UPDATE}'::text[]`;

const readRights = `
with relations as (${applicationRelations}), listed as (
  select r.oid, r.relkind, null::name as column_name, a.*
  from relations r join pg_catalog.pg_class c using (oid) cross join lateral pg_catalog.aclexplode(coalesce(c.relacl,
    pg_catalog.acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) a
  union all
  select r.oid, r.relkind, t.attname, a.*
  from relations r join pg_catalog.pg_attribute t on t.attrelid = r.oid and t.attnum > 0 and not t.attisdropped
  cross join lateral pg_catalog.aclexplode(t.attacl) a
)
select n.nspname::text as schema, c.relname::text as name,
  case l.relkind when 'S' then 'sequence' else 'table' end as kind, l.column_name::text as "column",
  pg_catalog.pg_get_userbyid(c.relowner)::text as owner, pg_catalog.pg_get_userbyid(l.grantor)::text as grantor,
  case when l.grantee = 0 then null else pg_catalog.pg_get_userbyid(l.grantee)::text end as grantee,
  l.privilege_type as privilege, l.is_grantable as grantable
from listed l join pg_catalog.pg_class c using (oid) join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where l.privilege_type = any (case l.relkind when 'S' then ${sequenceRights} else ${tableRights} end)
order by 1, 2, 4 nulls first, 5, 6, 7, 8`;

/** What a worker that applies rows needs, and whoever sets a sequence. */
const readLacking = `
with relations as (${applicationRelations})
select n.nspname::text as schema, c.relname::text as name,
  case r.relkind when 'S' then 'sequence' else 'table' end as kind, null as "column",
  pg_catalog.pg_get_userbyid(c.relowner)::text as owner, pg_catalog.pg_get_userbyid(c.relowner)::text as grantor,
  session_user::text as grantee, p.privilege, false as grantable
from relations r join pg_catalog.pg_class c using (oid) join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral unnest(case r.relkind when 'S' then '{UPDATE}'::text[] else ${tableRights} end) p (privilege)
where r.relkind in ('r', 'p', 'S') and not case r.relkind when 'S' then pg_catalog.has_sequence_privilege(r.oid, p.privilege)
  else pg_catalog.has_table_privilege(r.oid, p.privilege) end
order by 1, 2, 8`;

const readStanding = `
with relations as (${applicationRelations})
select n.nspname::text as schema, c.relname::text as name,
  array(select a.attname::text from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
from relations join pg_catalog.pg_class c using (oid) join pg_catalog.pg_namespace n on n.oid = c.relnamespace`;
const readRoles = `select rolname::text as role from pg_catalog.pg_roles`;

/** Every right to write in the database, from the access lists; an owner's own are among them. */
export async function writeRights(client: ClientBase): Promise<readonly WriteRight[]> {
  return (await client.query<WriteRight>(readRights)).rows;
}

/**
 * The rights on everything that one of the roles holds a right on, directly, as its owner or through PUBLIC: those that are
 * taken, and those that hang on them.
 */
export function rightsInTheWay(rights: readonly WriteRight[], roles: readonly string[]): readonly WriteRight[] {
  const touched = new Set(rights.filter(({ grantee }) => isTaken(grantee, roles)).map(relationOf));
  return rights.filter((right) => touched.has(relationOf(right)));
}

/** Whether a right of this grantee is taken while the database is frozen. */
export function isTaken(grantee: string | null, roles: readonly string[]): boolean {
  return grantee === null || roles.includes(grantee);
}

/** Takes the rights of these roles and of PUBLIC, in one transaction: a reader's next statement finds all of them or none gone. */
export async function takeRights(
  client: ClientBase,
  rights: readonly WriteRight[],
  roles: readonly string[],
): Promise<void> {
  const statements = rights
    .filter(({ grantee }) => isTaken(grantee, roles))
    .map((right) => ({ right, text: `revoke ${what(right)} from ${whom(right)} cascade` }));
  await asGrantors(client, statements);
}

/** Gives rights back, each from who had given it; those that others hang on come first. Giving what is there changes nothing. */
export async function giveRights(client: ClientBase, rights: readonly WriteRight[]): Promise<void> {
  const statements = inOrder(rights).map((right) => ({
    right,
    text: `grant ${what(right)} to ${whom(right)}${right.grantable && right.grantee !== null ? ' with grant option' : ''}`,
  }));
  await asGrantors(client, statements);
}

/** Those that can be given back: of a relation, column or role that somebody dropped since, nothing is missing. */
export async function rightsStanding(
  client: ClientBase,
  rights: readonly WriteRight[],
): Promise<readonly WriteRight[]> {
  const { rows: relations } = await client.query<{ schema: string; name: string; columns: readonly string[] }>(
    readStanding,
  );
  const columns = new Map(relations.map((each) => [relationOf(each), each.columns]));
  const roles = new Set((await client.query<{ role: string }>(readRoles)).rows.map(({ role }) => role));
  return rights.filter((right) => {
    const there = columns.get(relationOf(right));
    if (there === undefined || (right.column !== null && !there.includes(right.column))) return false;
    return roles.has(right.grantor) && (right.grantee === null || roles.has(right.grantee));
  });
}

/** Rights to write that the session's role does not have, by itself or as a member of another, as their owner would grant them. */
export async function rightsLacking(client: ClientBase): Promise<readonly WriteRight[]> {
  return (await client.query<WriteRight>(readLacking)).rows;
}

/** Those of the rights that are not there. */
export async function rightsNotThere(
  client: ClientBase,
  rights: readonly WriteRight[],
): Promise<readonly WriteRight[]> {
  const there = new Set((await writeRights(client)).map(rightKey));
  return rights.filter((right) => !there.has(rightKey(right)));
}

interface Granting {
  readonly right: WriteRight;
  readonly text: string;
}

/** Statements that go to the server at once: writes are stopped for as long as all of them take. */
const batch = 200;

async function asGrantors(client: ClientBase, statements: readonly Granting[]): Promise<void> {
  const texts = statements.map(({ right, text }) => {
    // Whoever acts for the owner grants as the owner; any other grantor has to do it himself.
    if (right.grantor === right.owner) return text;
    return `set local role ${pg.escapeIdentifier(right.grantor)}; ${text}; set local role none`;
  });
  await client.query('begin read write');
  try {
    for (let at = 0; at < texts.length; at += batch) await client.query(texts.slice(at, at + batch).join('; '));
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** The owner's grants, then what those who got the grant option have given on, and so on. */
function inOrder(rights: readonly WriteRight[]): readonly WriteRight[] {
  const depth = (right: WriteRight, seen: readonly string[] = []): number => {
    if (right.grantor === right.owner || seen.includes(right.grantor)) return 0;
    const from = rights.find(
      (each) =>
        relationOf(each) === relationOf(right) &&
        each.privilege === right.privilege &&
        each.grantee === right.grantor &&
        each.grantable,
    );
    return from === undefined ? 1 : 1 + depth(from, [...seen, right.grantor]);
  };
  return [...rights]
    .map((right) => ({ right, at: depth(right) }))
    .sort((a, b) => a.at - b.at)
    .map(({ right }) => right);
}

function relationOf({ schema, name }: Pick<WriteRight, 'schema' | 'name'>): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}

function what(right: WriteRight): string {
  const column = right.column === null ? '' : ` (${pg.escapeIdentifier(right.column)})`;
  return `${right.privilege}${column} on ${right.kind} ${relationOf(right)}`;
}

function whom({ grantee }: WriteRight): string {
  return grantee === null ? 'public' : pg.escapeIdentifier(grantee);
}

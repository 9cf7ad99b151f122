import type { Client } from 'pg';
import { readCandidate } from '../cutover/candidate.ts';
import { contentsOf } from '../cutover-schema/contents.ts';
import type { Collation, SideFacts, SourceFacts, TargetFacts } from './facts.ts';
import { readExtensionRows } from './read-extension-rows.ts';
import { one } from './read-side.ts';
import { actingAs, readFreezing } from './read-source.ts';

const readMarks = `
select coalesce((select has_schema_privilege(oid, 'usage') and has_schema_privilege(oid, 'create') from pg_namespace
  where nspname = 'sallyport'), true) as marks`;
const readAvailable = `
select coalesce(json_object_agg(name, default_version), '{}') as available
from pg_available_extensions where name = any($1::text[])`;
const readCollations = `
select format('%I.%I', n.nspname, l.collname) as name, n.nspname = 'pg_catalog' as system, l.collversion as recorded,
  pg_collation_actual_version(l.oid) as actual
from pg_collation l join pg_namespace n on n.oid = l.collnamespace
where format('%I.%I', n.nspname, l.collname) = any($1::text[])
  and l.collencoding in (-1, pg_char_to_encoding(getdatabaseencoding())) order by 1`;
const readRoles = `
select coalesce(array_agg(rolname::text), '{}') as roles,
  coalesce(array_agg(rolname::text) filter (where pg_has_role(oid, 'usage') and pg_has_role(oid, $2)), '{}') as held,
  coalesce(array_agg(rolname::text) filter (where rolcanlogin and rolname = any($3::text[])
    and not has_database_privilege(oid, current_database(), 'connect')), '{}') as barred
from pg_roles where rolname = any($1::text[])`;

/** Where the schema is not there yet, the operator makes it, and hands it over at the flip. */
const readLedgerRole = `
select (select r.rolname::text from pg_roles r where r.rolname = $1 and not pg_has_role(r.oid, $2)
  and not exists (select from pg_namespace where nspname = 'sallyport' and nspowner = r.oid)) as "ledgerRole"`;

/** Reads what is asked of the target only, once it is known what the source has. */
export async function readTarget(
  client: Client,
  side: SideFacts,
  source: Pick<SourceFacts, 'extensions' | 'collations' | 'roles'>,
  freezeRoles: readonly string[],
  ledgerRole: string,
): Promise<TargetFacts> {
  const acting = actingAs(side.version);
  const names = source.collations.map((collation) => collation.name);
  const freezing = await readFreezing(client, side, freezeRoles);
  const ledger = await one<{ ledgerRole: string | null }>(client, readLedgerRole, [ledgerRole, acting]);
  const { marks } = await one<Pick<TargetFacts, 'marks'>>(client, readMarks);
  return {
    ...side,
    marks,
    candidate: marks ? await readCandidate(client) : undefined,
    contents: await contentsOf(client),
    ...(await one<Pick<TargetFacts, 'available'>>(client, readAvailable, [Object.keys(source.extensions)])),
    collations: (await client.query<Collation>(readCollations, [names])).rows,
    ...(await one<Pick<TargetFacts, 'roles' | 'held' | 'barred'>>(client, readRoles, [
      [...source.roles, ...freezeRoles],
      acting,
      freezeRoles,
    ])),
    extensionRows: await readExtensionRows(client),
    unaltered: freezing.filter(({ exists, alterable }) => exists && !alterable).map(({ role }) => role),
    ledgerRole: ledger.ledgerRole ?? undefined,
  };
}

import type { ClientBase } from 'pg';
import type { Catalog } from '../catalog/catalog.ts';
import type { WriteRight } from '../cutover/freeze/freeze-journal.ts';

/** As gates/catalog names grants. */
const nameRights = `
select format('%I.%I', r.schema, r.name) as relation,
  format('grant %I.%I%s to %s', r.schema, r.name, '.' || quote_ident(r."column"), coalesce(r.grantee, 'public')) as object,
  r.privilege || case when r.grantable then ' with grant option' else '' end as privilege
from jsonb_to_recordset($1::jsonb) r (schema text, name text, "column" text, grantee text, privilege text, grantable boolean)`;

/**
 * The catalog of a database as it is while it is not frozen: rights that a freeze has taken for the time being are what the
 * migrations gave. Relations that the catalog leaves out stay out.
 */
export async function rightsBeforeFreeze(
  client: ClientBase,
  catalog: Catalog,
  taken: readonly WriteRight[],
): Promise<Catalog> {
  if (taken.length === 0) return catalog;
  const { rows } = await client.query<{ relation: string; object: string; privilege: string }>(nameRights, [
    JSON.stringify(taken),
  ]);
  // Reading is not taken: a relation that is compared has a grant left, its owner's.
  const compared = new Set([...catalog.keys()].flatMap((object) => /^grant (.+) to .+$/s.exec(object)?.[1] ?? []));
  const whole = new Map(catalog);
  for (const { relation, object, privilege } of rows) {
    if (!compared.has(relation)) continue;
    const there = whole.get(object)?.split(', ') ?? [];
    whole.set(object, [...new Set([...there, privilege])].sort().join(', '));
  }
  return whole;
}

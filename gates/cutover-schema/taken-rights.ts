import type { ClientBase } from 'pg';
import type { Catalog } from '../catalog/catalog.ts';
import type { WriteRight } from '../cutover/freeze/freeze-journal.ts';

const readNames = `
select pg_catalog.format('%I.%I', s, r) as relation,
  pg_catalog.format('%I.%I', s, r) || coalesce('.' || pg_catalog.quote_ident(c), '') as name
from unnest($1::text[], $2::text[], $3::text[]) with ordinality as u (s, r, c, at) order by at`;

/**
 * The catalog of a frozen database as it was before: with the rights that the freeze took, which a thaw gives back. Of a
 * relation that is not in the catalog nothing is added.
 */
export async function withTakenRights(
  client: ClientBase,
  catalog: Catalog,
  taken: readonly WriteRight[],
): Promise<Catalog> {
  if (taken.length === 0) return catalog;
  const of = (key: 'schema' | 'name' | 'column') => taken.map((right) => right[key]);
  const { rows } = await client.query<{ relation: string; name: string }>(readNames, [
    of('schema'),
    of('name'),
    of('column'),
  ]);
  // An owner's own entry is there for every relation that is compared.
  const compared = new Set([...catalog.keys()].filter((object) => object.startsWith('grant ')));
  const all = new Map(catalog);
  taken.forEach(({ owner, grantee, privilege, grantable }, index) => {
    const { relation = '', name = '' } = rows[index] ?? {};
    if (!compared.has(`grant ${relation} to ${owner}`)) return;
    const object = `grant ${name} to ${grantee ?? 'public'}`;
    const there = all.get(object)?.split(', ') ?? [];
    const privileges = new Set([...there, grantable ? `${privilege} with grant option` : privilege]);
    all.set(object, [...privileges].sort().join(', '));
  });
  return all;
}

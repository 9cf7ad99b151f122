import type { ClientBase } from 'pg';

const removeBroken = `delete from sallyport.broken_surface where release_digest = $1 and surface <> all($2)`;
const insertBroken = `
insert into sallyport.broken_surface (release_digest, surface) select $1, unnest($2::text[])
on conflict (release_digest, surface) do nothing`;
const readBroken = `select surface from sallyport.broken_surface where release_digest = $1 order by 1`;

/** Puts on record which surfaces of the serving release fail although the schema is one it was proven on. */
export async function writeBrokenSurfaces(
  client: ClientBase,
  release: string,
  surfaces: readonly string[],
): Promise<void> {
  await client.query(removeBroken, [release, surfaces]);
  await client.query(insertBroken, [release, surfaces]);
}

/** The surfaces of a release that were broken before its schema was touched: no migration is to blame for them. */
export async function brokenSurfaces(client: ClientBase, release: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ surface: string }>(readBroken, [release]);
  return rows.map((row) => row.surface);
}

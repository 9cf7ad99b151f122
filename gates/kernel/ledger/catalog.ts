import type { ClientBase } from 'pg';
import type { Catalog } from '../../catalog/catalog.ts';
import { digestOf } from '../digest.ts';

const insertCatalog = `
insert into sallyport.catalog (history_digest, digest, objects, attempt) values ($1, $2, $3, $4)
on conflict (history_digest) do nothing`;
const replaceCatalog = `
insert into sallyport.catalog (history_digest, digest, objects, attempt) values ($1, $2, $3, $4)
on conflict (history_digest) do update
set digest = excluded.digest, objects = excluded.objects, attempt = excluded.attempt, at = excluded.at`;
// A migration that was cut off may have left anything: until its gate has come to a verdict, nothing is known.
const readCatalogOf = `
select objects from sallyport.catalog where history_digest = $1
and not exists (select from sallyport.attempt where gate = 'migrate' and verdict is null)`;
const isThere = `select to_regclass('sallyport.catalog') is not null as there`;

/** Puts on record what the schema is after exactly these migrations. Only a migration that has just run replaces a record. */
export async function recordCatalog(
  client: ClientBase,
  history: string,
  catalog: Catalog,
  attempt: number,
  replace = false,
): Promise<void> {
  const objects = Object.fromEntries(catalog);
  await client.query(replace ? replaceCatalog : insertCatalog, [
    history,
    digestOf(objects),
    JSON.stringify(objects),
    attempt,
  ]);
}

/** What the schema was after exactly these migrations; undefined when that is not on record. */
export async function recordedCatalog(client: ClientBase, history: string): Promise<Catalog | undefined> {
  // An older version of Sallyport may have kept the ledger up to now; reading brings nothing up to date.
  const { rows } = await client.query<{ there: boolean }>(isThere);
  if (rows[0]?.there !== true) return undefined;
  const found = await client.query<{ objects: Record<string, string> }>(readCatalogOf, [history]);
  return found.rows[0] && new Map(Object.entries(found.rows[0].objects));
}

import type { ClientBase } from 'pg';
import type { Catalog } from '../../catalog/catalog.ts';
import { digestOf } from '../digest.ts';

const insertCatalog = `
insert into sallyport.catalog (history_digest, digest, objects, attempt) values ($1, $2, $3, $4)
on conflict (history_digest) do nothing`;
const readCatalogOf = `select objects from sallyport.catalog where history_digest = $1`;
const isThere = `select to_regclass('sallyport.catalog') is not null as there`;

/** Puts on record what the schema is after exactly these migrations; the first record of a history stays. */
export async function recordCatalog(
  client: ClientBase,
  history: string,
  catalog: Catalog,
  attempt: number,
): Promise<void> {
  const objects = Object.fromEntries(catalog);
  await client.query(insertCatalog, [history, digestOf(objects), JSON.stringify(objects), attempt]);
}

/** What the schema was after exactly these migrations; undefined when that is not on record. */
export async function recordedCatalog(client: ClientBase, history: string): Promise<Catalog | undefined> {
  // An older version of Sallyport may have kept the ledger up to now; reading brings nothing up to date.
  const { rows } = await client.query<{ there: boolean }>(isThere);
  if (rows[0]?.there !== true) return undefined;
  const found = await client.query<{ objects: Record<string, string> }>(readCatalogOf, [history]);
  return found.rows[0] && new Map(Object.entries(found.rows[0].objects));
}

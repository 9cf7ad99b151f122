import type { ClientBase } from 'pg';
import { type Catalog, readCatalog } from '../catalog/catalog.ts';
import { besideCatalog } from './contents.ts';

/** All but what is ours. */
const everything = { withoutSchemas: ['sallyport'], withoutRelations: [] };

const create = `
create schema if not exists sallyport;
create table if not exists sallyport.ground (object text primary key, definition text not null)`;
const isThere = `select to_regclass('sallyport.ground') is not null as there`;
const read = `select object, definition from sallyport.ground`;
const forget = `delete from sallyport.ground`;
const insert = `insert into sallyport.ground (object, definition) select * from unnest($1::text[], $2::text[])`;

/** What is in a database now, whoever made it: the session must not be in a transaction. */
export async function groundNow(client: ClientBase): Promise<Catalog> {
  const beside = await besideCatalog(client);
  return new Map([...(await readCatalog(client, everything)), ...beside.map((object) => [object, ''] as const)]);
}

/** Writes down what a candidate stands on, in the caller's transaction: what is not in it was made by us. */
export async function recordGround(client: ClientBase, ground: Catalog): Promise<void> {
  await client.query(create);
  await client.query(forget);
  await client.query(insert, [[...ground.keys()], [...ground.values()]]);
}

/** What stood in the database before the first build of this candidate; undefined where that was never written down. */
export async function readGround(client: ClientBase): Promise<Catalog | undefined> {
  const { rows } = await client.query<{ there: boolean }>(isThere);
  if (rows[0]?.there !== true) return undefined;
  const found = await client.query<{ object: string; definition: string }>(read);
  return new Map(found.rows.map(({ object, definition }) => [object, definition]));
}

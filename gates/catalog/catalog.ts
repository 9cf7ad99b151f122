import type { ClientBase } from 'pg';
import { catalogQueries } from './queries.ts';

/** What a schema is made of: object (`column public.events.score`) → its definition. The order of columns, or of anything, is no part of it. */
export type Catalog = ReadonlyMap<string, string>;

/** What is left out: schemas by name, relations as `schema.name` with all that belongs to them. */
export interface CatalogScope {
  readonly withoutSchemas: readonly string[];
  readonly withoutRelations: readonly string[];
}

/** What no comparison looks at, be it of one database with its record or of two databases. */
export const neverCompared: readonly string[] = [
  'order of columns',
  'comments and security labels',
  'tablespaces, access methods of tables, clustering, storage, compression and statistics targets of columns',
  'values of sequences',
  'whether the triggers of a foreign key fire',
  'publications and subscriptions',
  'user mappings',
  'large objects',
  'settings of roles and of the database',
  'grants on the database, on languages and on parameters',
  'what belongs to an extension, and grants on it',
  'what PostgreSQL brings itself, such as text search configuration english, where it was altered',
];

/** What a catalog does not have, to be said beside a comparison. A cutover compares more than this (gates/cutover-schema). */
export const notCompared: readonly string[] = [
  ...neverCompared,
  'collations, casts, conversions, operators with their classes and families',
  'text search configurations, dictionaries, parsers and templates',
  'foreign-data wrappers and servers; of a foreign table and its columns server and options',
  'base types, languages, transforms and access methods',
  'of a domain, a composite type and a range: collation, order of attributes, operator class',
  'of an aggregate: all but its transition and final function and its state',
  'whether a rule is disabled, defaults of the columns of views, owners of statistics and event triggers',
  'grants on types, foreign-data wrappers and servers',
];

const begin = 'begin isolation level repeatable read read only';
const qualifyEverything = `set local search_path = ''`;

/** Reads a database's catalog in one snapshot. The session must not be in a transaction. */
export async function readCatalog(client: ClientBase, scope: CatalogScope): Promise<Catalog> {
  await client.query(begin);
  try {
    await client.query(qualifyEverything);
    const catalog = new Map<string, string>();
    for (const [kind, query] of Object.entries(catalogQueries)) {
      const values = [scope.withoutSchemas, scope.withoutRelations];
      const { rows } = await client.query<{ name: string; definition: string | null }>(query, values);
      for (const { name, definition } of rows) catalog.set(`${kind} ${name}`, definition ?? '');
    }
    return catalog;
  } finally {
    await client.query('rollback');
  }
}

import type { ClientBase } from 'pg';
import { catalogQueries } from './queries.ts';

/** What a schema is made of: object (`column public.events.score`) → its definition. The order of columns, or of anything, is no part of it. */
export type Catalog = ReadonlyMap<string, string>;

/** What is left out: schemas by name, relations as `schema.name` with all that belongs to them. */
export interface CatalogScope {
  readonly withoutSchemas: readonly string[];
  readonly withoutRelations: readonly string[];
}

/** What is never compared, to be said beside a comparison. */
export const notCompared: readonly string[] = [
  'order of columns',
  'comments',
  'tablespaces',
  'values of sequences',
  'collations, casts, operators and text search configurations',
  'publications and subscriptions',
  'foreign servers',
  'settings of roles and of the database',
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

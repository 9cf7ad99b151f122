import type { ClientBase } from 'pg';
import { type Catalog, readCatalog } from '../catalog/catalog.ts';
import { compareCatalogs, differenceLine } from '../catalog/compare.ts';
import { type RowCounts, rowCounts } from './row-counts.ts';

/** What a database holds, as far as a restored copy is compared with it. */
export interface Contents {
  readonly catalog: Catalog;
  readonly rows: RowCounts;
}

/** Everything counts in a copy, but the ledger: an attempt may be written down while the copy is made. */
const scope = { withoutSchemas: ['sallyport'], withoutRelations: [] };

/** Reads a database's contents. */
export async function contentsOf(client: ClientBase): Promise<Contents> {
  return { catalog: await readCatalog(client, scope), rows: await rowCounts(client) };
}

/**
 * Where a restored copy is not what production was while the copy was made: production is read before and after, and the
 * application may have written in between.
 */
export function differencesOf(copy: Contents, before: Contents, after: Contents): readonly string[] {
  const objects = compareCatalogs(copy.catalog, before.catalog).map(differenceLine);
  const tables = [...new Set([...before.rows.keys(), ...copy.rows.keys()])].flatMap((table) => {
    const [low, high] = [before.rows.get(table), after.rows.get(table)].sort((a, b) => (a ?? 0) - (b ?? 0));
    const found = copy.rows.get(table);
    if (low === undefined || high === undefined || found === undefined) return [];
    const needed = low === high ? `${low}` : `${low} to ${high}`;
    return found >= low && found <= high ? [] : [`rows of ${table}: ${found} instead of ${needed}`];
  });
  return [...objects, ...tables];
}

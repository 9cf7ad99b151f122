import type { ClientBase } from 'pg';
import { type Catalog, readCatalog } from '../catalog/catalog.ts';
import { type CatalogDifference, compareCatalogs } from '../catalog/compare.ts';
import { recordedCatalog } from '../kernel/ledger/catalog.ts';
import type { Release } from '../kernel/release.ts';
import { applicationScope } from '../migrate/application-scope.ts';
import { historyDigest } from '../migrate/history-digest.ts';

/** Objects that are not as the last migration left them; `onRecord` is false where that is not known. */
export interface SchemaDrift {
  readonly onRecord: boolean;
  readonly differences: readonly CatalogDifference[];
}

/** Compares the schema with what is on record for exactly this history (C6). `recorded` is what stands in the history itself. */
export async function schemaDrift(
  client: ClientBase,
  migrations: Pick<Release['migrations'], 'tool' | 'history'>,
  recorded: readonly string[],
): Promise<SchemaDrift> {
  const needed = await recordedCatalog(client, historyDigest(recorded));
  if (needed === undefined) return { onRecord: false, differences: [] };
  const now = await readCatalog(client, applicationScope(migrations));
  return { onRecord: true, differences: compareCatalogs(withoutUnfinished(now), withoutUnfinished(needed)) };
}

/** An index that was left unfinished is a migration's, not somebody's edit: the gate migrate deals with it. */
function withoutUnfinished(catalog: Catalog): Catalog {
  return new Map([...catalog].filter(([object, text]) => !(object.startsWith('index ') && /, invalid\b/.test(text))));
}

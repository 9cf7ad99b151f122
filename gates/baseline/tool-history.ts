import type { ClientBase } from 'pg';
import type { CatalogScope } from '../catalog/catalog.ts';
import type { Release } from '../kernel/release.ts';
import { readHistory } from '../migrate/history.ts';
import { migrationTool } from '../migrate/tools/index.ts';

/** What a comparison of catalogs leaves out: the ledger, and the tool's own history with the schema that it keeps for itself. */
export function applicationScope({ tool, history }: Pick<Release['migrations'], 'tool' | 'history'>): CatalogScope {
  const { table: usual, beside = [] } = migrationTool(tool);
  const { schema, table } = { ...usual, ...history };
  const own = schema !== 'public' && schema === usual.schema ? [schema] : [];
  return {
    withoutSchemas: ['sallyport', ...own],
    withoutRelations: ['', ...beside].map((suffix) => `${schema}.${table}${suffix}`),
  };
}

/** Names of the applied migrations of a release's tool, in the order they were applied. */
export async function appliedNames(client: ClientBase, release: Release): Promise<readonly string[]> {
  return (await readHistory(client, release.migrations)).applied;
}

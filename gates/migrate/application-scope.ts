import type { CatalogScope } from '../catalog/catalog.ts';
import type { Release } from '../kernel/release.ts';
import { historyTableOf } from './history-table.ts';
import { migrationTool } from './tools/index.ts';

/**
 * What a comparison of catalogs leaves out, and what no seed fills: the ledger, and what the tool makes for itself. A
 * schema of the tool's own (Drizzle, Atlas, Supabase) is left out whole.
 */
export function applicationScope(migrations: Pick<Release['migrations'], 'tool' | 'history'>): CatalogScope {
  const tool = migrationTool(migrations.tool);
  const table = historyTableOf(migrations);
  const ownSchema = table.schema === tool.table.schema && table.schema !== 'public' ? [table.schema] : [];
  const names = [table.table, ...(tool.beside?.(table) ?? [])];
  return {
    withoutSchemas: ['sallyport', ...ownSchema],
    withoutRelations: names.map((name) => `${table.schema}.${name}`),
  };
}

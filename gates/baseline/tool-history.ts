import type { ClientBase } from 'pg';
import type { CatalogScope } from '../catalog/catalog.ts';
import type { Release } from '../kernel/release.ts';
import { readHistory } from '../migrate/history.ts';

/** A tool's history table as its first run makes it, and how it writes a migration down that it has applied. */
export interface Stamping {
  /** `schema.name` of every relation that belongs to the history. */
  readonly relations: readonly string[];
  readonly create: string;
  /** $1: the names, in the tool's order. */
  readonly insert: string;
}

/** By tool. A tool that is not here can be gated and rehearsed; only its history cannot be stamped. */
const stampings: Readonly<Record<string, Stamping>> = {
  // As node-pg-migrate 9 does: ensureMigrationsTable and Migration._getMarkAsRun in its runner.
  'node-pg-migrate': {
    relations: ['public.pgmigrations'],
    create: `create table if not exists public.pgmigrations (id serial primary key, name varchar(255) not null, run_on timestamp not null)`,
    insert: `insert into public.pgmigrations (name, run_on) select name, now() from unnest($1::text[]) with ordinality as n(name, at) order by at`,
  },
};

/** How a tool's history is stamped; undefined when Sallyport does not know. */
export function stampingOf(tool: string): Stamping | undefined {
  return stampings[tool];
}

/** What a comparison of catalogs leaves out: the ledger and the tool's own history. */
export function applicationScope(tool: string): CatalogScope {
  return { withoutSchemas: ['sallyport'], withoutRelations: stampings[tool]?.relations ?? [] };
}

/** Names of the applied migrations of a release's tool, in the order they were applied. */
export async function appliedNames(client: ClientBase, release: Release): Promise<readonly string[]> {
  return (await readHistory(client, release.migrations)).applied;
}

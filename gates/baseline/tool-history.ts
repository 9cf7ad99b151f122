import type { ClientBase } from 'pg';
import type { Release } from '../kernel/release.ts';
import { readHistory } from '../migrate/history.ts';
import { historyTableOf } from '../migrate/history-table.ts';
import type { HistoryTable } from '../migrate/tools/migration-tool.ts';
import { qualified } from '../migrate/tools/named-history.ts';

/** A tool's history table as its first run makes it, and how it writes a migration down that it has applied. */
export interface Stamping {
  readonly create: string;
  /** $1: the names, in the tool's order. */
  readonly insert: string;
}

/** By tool. A tool that is not here can be gated and rehearsed; only its history cannot be stamped. */
const stampings: Readonly<Record<string, (table: HistoryTable) => Stamping>> = {
  // As node-pg-migrate 9 does: ensureMigrationsTable and Migration._getMarkAsRun in its runner.
  'node-pg-migrate': (table) => ({
    create: `create table if not exists ${qualified(table)} (id serial primary key, name varchar(255) not null, run_on timestamp not null)`,
    insert: `insert into ${qualified(table)} (name, run_on) select name, now() from unnest($1::text[]) with ordinality as n(name, at) order by at`,
  }),
};

/** How a release's history is stamped; undefined when Sallyport does not know it of the tool. */
export function stampingOf(migrations: Release['migrations']): Stamping | undefined {
  return stampings[migrations.tool]?.(historyTableOf(migrations));
}

/** Names of the applied migrations of a release's tool, in the order they were applied. */
export async function appliedNames(client: ClientBase, release: Release): Promise<readonly string[]> {
  return (await readHistory(client, release.migrations)).applied;
}

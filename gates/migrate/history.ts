import pg, { type ClientBase } from 'pg';
import { gateError } from '../kernel/gate-error.ts';
import type { Release } from '../kernel/release.ts';
import { migrationTool } from './tools/index.ts';
import type { HistoryRow, HistoryTable } from './tools/migration-tool.ts';

/** What a database has applied, as the migration tool's own history table says it. */
export interface History {
  /** Names of the migrations that are applied in full, in the order in which they were; nothing of them is pending. */
  readonly applied: readonly string[];
  /** Names that stand in the history itself: together they name the state of the schema. */
  readonly recorded: readonly string[];
  readonly rows: readonly HistoryRow[];
  readonly table: HistoryTable;
  /** Whether the table is there: it is not before the first migration. */
  readonly exists: boolean;
}

/** SQLSTATE classes and codes that speak of the session, not of the table: connection lost, server going down, waited too long. */
const aboutTheSession = /^(08|57|55P03|25P0)/;

const tableExists = `
select exists (
  select from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'f')
) as there`;

/**
 * Reads the history of a release's migration tool.
 * @throws GateError HISTORY_UNREADABLE when the table is there and is not what the tool makes, or may not be read.
 */
export async function readHistory(client: ClientBase, migrations: Release['migrations']): Promise<History> {
  const tool = migrationTool(migrations.tool);
  const table = { ...tool.table, ...migrations.history };
  try {
    const { rows: found } = await client.query<{ there: boolean }>(tableExists, [table.schema, table.table]);
    const exists = found[0]?.there === true;
    const rows = exists ? await tool.readHistory(client, table, migrations.files) : [];
    const changed = new Set(
      migrations.files
        .filter(
          ({ name, checksum, repeatable }) =>
            repeatable && rows.findLast((row) => row.name === name)?.checksum !== checksum,
        )
        .map((file) => file.name),
    );
    const applied = rows.filter((row) => row.state === 'applied');
    return {
      applied: applied.map((row) => row.name).filter((name) => !changed.has(name)),
      recorded: applied.filter((row) => row.assumed !== true).map((row) => row.name),
      rows,
      table,
      exists,
    };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || aboutTheSession.test(error.code ?? '')) throw error;
    const about = `${table.schema}.${table.table}`;
    throw gateError('HISTORY_UNREADABLE', about, error.message, `the history of ${tool.name}, readable`, error);
  }
}

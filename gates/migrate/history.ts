import pg, { type ClientBase } from 'pg';
import { gateError } from '../kernel/gate-error.ts';
import type { Release } from '../kernel/release.ts';
import { historyTableOf } from './history-table.ts';
import { migrationTool, migrationTools } from './tools/index.ts';
import type { HistoryRow, HistoryTable, MigrationTool } from './tools/migration-tool.ts';

const tools = Object.values(migrationTools);
const recognisable = tools.filter((tool) => tool.shape.has.length > 0);

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
  /** Histories of other tools in the same database; `instead` where one is in the place of our tool's. */
  readonly others: readonly { readonly name: string; readonly tool: string; readonly instead: boolean }[];
}

/** SQLSTATE classes and codes that speak of the session, not of the table: connection lost, server going down, waited too long. */
const aboutTheSession = /^(08|57|55P03|25P0)/;

const readColumns = `
select n.nspname || '.' || c.relname as name, array_agg(a.attname::text) as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
where c.relkind in ('r', 'p', 'v', 'f') and a.attnum > 0 and not a.attisdropped
  and (n.nspname, c.relname) in (select * from unnest($1::text[], $2::text[]))
group by 1 order by 1`;

/**
 * Reads the history of a release's migration tool.
 * @throws GateError HISTORY_UNREADABLE when the table is there and is not what the tool makes, or may not be read.
 */
export async function readHistory(client: ClientBase, migrations: Release['migrations']): Promise<History> {
  const tool = migrationTool(migrations.tool);
  const table = historyTableOf(migrations);
  try {
    const columns = await columnsOf(client, [table, ...tools.map((each) => each.table)]);
    const own = columns.get(nameOf(table));
    const exists = own !== undefined && hasShape(tool, own);
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
      others: othersIn(columns, tool, table),
    };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || aboutTheSession.test(error.code ?? '')) throw error;
    const about = `${table.schema}.${table.table}`;
    throw gateError('HISTORY_UNREADABLE', about, error.message, `the history of ${tool.name}, readable`, error);
  }
}

async function columnsOf(
  client: ClientBase,
  tables: readonly HistoryTable[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = [tables.map((each) => each.schema), tables.map((each) => each.table)];
  const { rows } = await client.query<{ name: string; columns: string[] }>(readColumns, names);
  return new Map(rows.map((row) => [row.name, row.columns]));
}

function othersIn(
  columns: ReadonlyMap<string, readonly string[]>,
  tool: MigrationTool,
  table: HistoryTable,
): History['others'] {
  return [...columns].flatMap(([name, found]) => {
    const instead = name === nameOf(table);
    if (instead && hasShape(tool, found)) return [];
    const owner = recognisable.find(
      (other) => other !== tool && (instead || nameOf(other.table) === name) && hasShape(other, found),
    );
    if (owner === undefined && !instead) return [];
    return [{ name, tool: owner?.name ?? `another tool (columns ${found.join(', ')})`, instead }];
  });
}

function hasShape({ shape }: MigrationTool, columns: readonly string[]): boolean {
  return shape.has.every((name) => columns.includes(name)) && !shape.lacks?.some((name) => columns.includes(name));
}

function nameOf({ schema, table }: HistoryTable): string {
  return `${schema}.${table}`;
}

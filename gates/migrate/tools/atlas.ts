import type { ClientBase } from 'pg';
import { atlasSumProblems } from './atlas-sum.ts';
import type { HistoryRow, HistoryTable, KnownMigration, MigrationTool } from './migration-tool.ts';
import { createSchema, createTable, insertNames, qualified } from './named-history.ts';
import { linesOf, sql } from './sections.ts';
import { byText, flat, stem } from './versions.ts';

/** A revision that stands for the schema as it was found, of `atlas migrate apply --baseline`. */
const baseline = 1;

/** Atlas, versioned: SQL files under `atlas.sum`; history with how much of each is applied in `atlas_schema_revisions`. */
export const atlas: MigrationTool = {
  name: 'atlas',
  command: ['atlas', 'migrate', 'apply'],
  table: { schema: 'atlas_schema_revisions', table: 'atlas_schema_revisions' },
  shape: { has: ['version', 'type', 'applied', 'total', 'error', 'hash'] },
  repair: 'finish or undo it by hand, then atlas migrate set <version>',
  uniqueVersions: true,
  find: ({ paths }) =>
    flat(paths)
      .filter((file) => file.endsWith('.sql'))
      .map((file) => ({ name: stem(file).split('_')[0] ?? file, file })),
  problems: atlasSumProblems,
  versionOf: (name) => name,
  compare: byText,
  sections: ({ up: text }) => {
    // A file may be an archive in Go's txtar form, with checks beside the migration.
    const lines = text.split('\n');
    const from = lines.findIndex((line) => /^-- migration\.sql --\s*$/.test(line));
    const to = lines.findIndex((line, index) => index > from && /^-- \S+ --\s*$/.test(line));
    const up = from < 0 ? text : linesOf(text, from + 1, to < 0 ? undefined : to);
    return sql(up, undefined, !/^--\s*atlas:txmode\s+none\b/m.test(text));
  },
  readHistory,
  // What `atlas migrate apply --baseline <version>` writes: one row for all up to it.
  stamp: ({ table }, migrations) => {
    const last = migrations.slice(-1);
    return [
      createSchema(table),
      createTable(
        table,
        'version varchar not null primary key, description varchar not null, type bigint not null default 2, applied bigint not null default 0, total bigint not null default 0, executed_at timestamptz not null, execution_time bigint not null, error text, error_stmt text, hash varchar not null, partial_hashes jsonb, operator_version varchar not null',
      ),
      {
        ...insertNames(
          table,
          'version, description, type, executed_at, execution_time, hash, operator_version',
          `name, $2, ${baseline}, now(), 0, '', 'Sallyport'`,
          last,
        ),
        values: [last.map(({ name }) => name), descriptionOf(last[0]?.file ?? '')],
      },
    ];
  },
};

/** What stands behind the version. */
function descriptionOf(file: string): string {
  return /^[^_]*_(.*)$/.exec(stem(file))?.[1] ?? '';
}

interface Row {
  readonly name: string;
  readonly type: number;
  readonly applied: number;
  readonly total: number;
  readonly error: string | null;
}

async function readHistory(
  client: ClientBase,
  table: HistoryTable,
  known: readonly KnownMigration[],
): Promise<readonly HistoryRow[]> {
  const { rows } = await client.query<Row>(`
    select version as name, type::int, applied::int, total::int, error from ${qualified(table)}
    where version not like '.%' order by executed_at, version`);
  return rows.flatMap((row) => {
    if ((row.type & baseline) === 0) return [stateOf(row)];
    const before = known
      .filter(({ name }) => name < row.name)
      .map(({ name }) => name)
      .sort(byText);
    return [...before.map((name): HistoryRow => ({ name, state: 'applied', assumed: true })), stateOf(row)];
  });
}

function stateOf({ name, applied, total, error }: Row): HistoryRow {
  const note = `${applied} of ${total} statements applied${error ? `: ${error}` : ''}`;
  if (error) return { name, state: 'failed', note };
  return applied < total ? { name, state: 'dirty', note } : { name, state: 'applied' };
}

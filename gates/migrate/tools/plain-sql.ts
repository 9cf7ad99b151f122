import { type ClientBase, escapeIdentifier } from 'pg';
import type { HistoryRow, HistoryTable, KnownMigration, MigrationTool, Stamp } from './migration-tool.ts';
import { qualified } from './named-history.ts';
import { sql } from './sections.ts';
import { byText, fileName, leadingDigits, numeric, stem } from './versions.ts';

const downFile = /(\.down\.sql|_down\.sql|(^|\/)down\.sql)$/;
const noTransaction = /^--\s*no-transaction\b/im;

/**
 * SQL files that a program of one's own runs: `x.sql`, `x.up.sql` with `x.down.sql`, or a folder a migration with
 * `up.sql` (or `migration.sql`) and `down.sql`. Its history has a row a migration, in a column of the name, version or file.
 */
export const plainSql: MigrationTool = {
  name: 'plain-sql',
  command: ['npm', 'run', 'migrate'],
  table: { schema: 'public', table: 'schema_migrations', column: 'version' },
  shape: { has: [], lacks: ['dirty'] },
  repair: 'finish or undo it by hand and set its row right',
  uniqueVersions: false,
  find: ({ paths }) => {
    const present = new Set(paths);
    return paths
      .filter((path) => path.endsWith('.sql') && !downFile.test(path) && path.split('/').length <= 2)
      .map((file) => {
        const down = waysDown(file).find((path) => present.has(path));
        return { name: nameOf(file), file, ...(down !== undefined && { down }) };
      });
  },
  versionOf: leadingDigits,
  compare: (a, b) => numeric(a, b) || byText(a, b),
  // An annotation that sqlx made usual; a runner of one's own is taken to use one transaction a file otherwise.
  sections: ({ up, down }) => sql(up, down, !noTransaction.test(up), down === undefined || !noTransaction.test(down)),
  readHistory,
  stamp,
};

/** What a column of that name holds. Its program is not ours to know: of any other column nothing can be said. */
const contents: Readonly<Record<string, (migration: KnownMigration) => string | undefined>> = {
  version: ({ name }) => leadingDigits(name),
  name: ({ name }) => name,
  migration: ({ name }) => name,
  file: ({ file }) => file,
  filename: ({ file }) => file,
  file_name: ({ file }) => file,
};

async function readHistory(
  client: ClientBase,
  table: HistoryTable,
  known: readonly KnownMigration[],
): Promise<readonly HistoryRow[]> {
  const column = escapeIdentifier(table.column ?? 'version');
  const { rows } = await client.query<{ name: string }>(`select ${column}::text as name from ${qualified(table)}`);
  const names = new Map(known.flatMap(({ name, file }) => keysOf(name, file).map((key) => [key, name] as const)));
  return rows
    .map((row) => names.get(row.name) ?? row.name)
    .sort(plainSql.compare)
    .map((name) => ({ name, state: 'applied' }));
}

function stamp({ table, exists }: Parameters<Stamp>[0], migrations: readonly KnownMigration[]): ReturnType<Stamp> {
  const column = table.column ?? 'version';
  const needed = 'rows that the program which migrates has written itself';
  if (!exists) return { found: `no table ${table.schema}.${table.table}`, needed: `the table, and ${needed}` };
  const rows = migrations.map((each) => contents[column]?.(each));
  if (new Set(rows).size < rows.length || rows.includes(undefined)) {
    return { found: `a column ${column} that does not tell the migrations apart, or in a way of its own`, needed };
  }
  // A parameter a row takes the type of the column, which may be a number or text.
  const values = rows.map((_, index) => `($${index + 1})`).join(', ');
  return [{ sql: `insert into ${qualified(table)} (${escapeIdentifier(column)}) values ${values}`, values: rows }];
}

function nameOf(file: string): string {
  const folder = /^(.+)\/(up|migration)\.sql$/.exec(file)?.[1];
  return folder ?? stem(file).replace(/[._]up$/, '');
}

function waysDown(file: string): readonly string[] {
  if (/(^|\/)(up|migration)\.sql$/.test(file)) return [file.replace(/(up|migration)\.sql$/, 'down.sql')];
  const base = stem(file).replace(/[._]up$/, '');
  return [`${base}.down.sql`, `${base}_down.sql`];
}

/** What a row may hold for a migration: its version, unless others share it, its file, or its name, which comes last. */
function keysOf(name: string, file: string): readonly string[] {
  const version = leadingDigits(name);
  return [
    ...(version === undefined ? [] : [version, String(BigInt(version))]),
    fileName(file),
    file,
    stem(fileName(file)),
    name,
  ];
}

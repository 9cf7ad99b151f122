import type { ClientBase } from 'pg';
import type { HistoryRow, HistoryTable, MigrationTool } from './migration-tool.ts';
import { qualified } from './named-history.ts';
import { languageOf, linesOf, program, type Sections, sql, unreadable } from './sections.ts';
import { flat, numeric } from './versions.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: what goose's substitution looks for
const substitution = 'a ${VARIABLE} of ENVSUB without a value in sallyport:migrations.values';

/** goose: `<version>_<name>.sql` or `.go`, annotations in any case; versions in `goose_db_version`, ups and downs in turn. */
export const goose: MigrationTool = {
  name: 'goose',
  command: ['goose', 'up'],
  table: { schema: 'public', table: 'goose_db_version' },
  shape: { has: ['version_id', 'is_applied', 'tstamp'] },
  repair: 'goose leaves no half-applied history, unless a migration turns its transaction off',
  uniqueVersions: true,
  find: ({ paths }) =>
    flat(paths)
      .filter((file) => /^\d+_.*\.(sql|go)$/.test(file) && !file.endsWith('_test.go'))
      .map((file) => ({ name: String(BigInt(file.slice(0, file.indexOf('_')))), file }))
      .filter(({ name }) => name !== '0'),
  versionOf: (name) => name,
  compare: numeric,
  sections: ({ file, up }) =>
    languageOf(file) === undefined ? sectionsOf(up) : program(file, !/AddMigrationNoTx(Context)?\s*\(/.test(up)),
  readHistory,
};

function sectionsOf(text: string): Sections {
  const lines = text.split('\n');
  const found = lines.map((line) => /^--.*?\+goose\s+(.*?)\s*$/.exec(line)?.[1]?.toLowerCase());
  const up = found.indexOf('up');
  const down = found.indexOf('down');
  const transactional = !found.includes('no transaction');
  if (up < 0 || (down >= 0 && down < up)) {
    return unreadable(transactional, 'goose refuses it: it must start with "-- +goose Up"');
  }
  const sections = sql(
    linesOf(text, up, down < 0 ? undefined : down),
    down < 0 ? undefined : linesOf(text, down),
    transactional,
  );
  if (!found.includes('envsub on') || !/\$\{?\w/.test(text.replace(/\$\w*\$/g, ''))) return sections;
  return { ...sections, evaluated: false, reason: substitution };
}

/** Older versions of goose write a row for a way down, too: the last row of a version is what holds. */
async function readHistory(client: ClientBase, table: HistoryTable): Promise<readonly HistoryRow[]> {
  const { rows } = await client.query<{ name: string; applied: boolean }>(
    `select version_id::text as name, is_applied as applied from ${qualified(table)} where version_id > 0 order by id`,
  );
  const last = new Map(rows.map((row, index) => [row.name, index]));
  return rows
    .filter((row, index) => row.applied && last.get(row.name) === index)
    .map(({ name }) => ({ name, state: 'applied' }));
}

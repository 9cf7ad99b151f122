import type { MigrationTool } from './migration-tool.ts';
import { createTable, insertNames, namedHistory } from './named-history.ts';
import { linesOf, sql, unreadable } from './sections.ts';
import { statementCount } from './statement-count.ts';
import { byText, flat, leadingDigits } from './versions.ts';

const upLine = /^--\s*migrate:up(\s|$)/;
const downLine = /^--\s*migrate:down(\s|$)/;

/** dbmate: `<version>_<name>.sql` with `-- migrate:up` and `-- migrate:down`; versions in `schema_migrations`. */
export const dbmate: MigrationTool = {
  name: 'dbmate',
  command: ['dbmate', '--no-dump-schema', 'migrate'],
  table: { schema: 'public', table: 'schema_migrations' },
  shape: { has: ['version'], lacks: ['dirty', 'statements'] },
  repair: 'dbmate leaves no half-applied history, unless a migration turns its transaction off',
  uniqueVersions: true,
  find: ({ paths }) =>
    flat(paths)
      .filter((file) => /^\d+.*\.sql$/.test(file))
      .map((file) => ({ name: leadingDigits(file) ?? file, file })),
  versionOf: (name) => name,
  compare,
  sections: ({ up: text }) => {
    const lines = text.split('\n');
    const up = lines.findIndex((line) => upLine.test(line));
    const down = lines.findIndex((line) => downLine.test(line));
    if (up < 0) return unreadable(true, 'dbmate refuses it: no "-- migrate:up"');
    if (down >= 0 && down < up) return unreadable(true, 'dbmate refuses it: "-- migrate:down" before "-- migrate:up"');
    const upText = linesOf(text, up, down < 0 ? undefined : down);
    const downText = down < 0 ? undefined : linesOf(text, down);
    const own = inTransaction(lines[up] ?? '', upText);
    return sql(upText, downText, own, downText === undefined || inTransaction(lines[down] ?? '', downText));
  },
  readHistory: (client, table) => namedHistory(client, table, { name: 'version', order: compare }),
  stamp: ({ table }, migrations) => [
    createTable(table, 'version varchar primary key'),
    insertNames(table, 'version', 'name', migrations),
  ],
};

/** It sorts file names as text: 20250101_a comes before 9_b, and 10_a before 1_b. */
function compare(a: string, b: string): number {
  return byText(`${a}_`, `${b}_`);
}

/** Without its own transaction a section is still sent as one query, in which several statements are one. */
function inTransaction(marker: string, section: string): boolean {
  return !/\btransaction:false\b/.test(marker) || statementCount(section) > 1;
}

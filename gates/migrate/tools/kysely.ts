import type { MigrationTool } from './migration-tool.ts';
import { createTable, insertNames, namedHistory } from './named-history.ts';
import { program } from './sections.ts';
import { byText, flat, leadingDigits, stem } from './versions.ts';

/** As JavaScript's toISOString writes it, a millisecond apart: Kysely sorts them by it. */
const written = `to_char(now() at time zone 'utc' + at * interval '1 millisecond', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Kysely with its FileMigrationProvider: JavaScript or TypeScript files by name, all pending in one transaction. */
export const kysely: MigrationTool = {
  name: 'kysely',
  command: ['npx', 'kysely', 'migrate:latest'],
  table: { schema: 'public', table: 'kysely_migration' },
  beside: () => ['kysely_migration_lock'],
  shape: { has: ['name', 'timestamp'], lacks: ['id'] },
  repair: 'kysely leaves no half-applied history',
  uniqueVersions: false,
  find: ({ paths }) =>
    flat(paths)
      .filter((file) => /\.[cm]?[jt]s$/.test(file) && !/\.d\.[cm]?ts$/.test(file) && !file.startsWith('.'))
      .map((file) => ({ name: stem(file), file })),
  versionOf: leadingDigits,
  compare: byText,
  sections: ({ file }) => program(file, true),
  readHistory: (client, table) => namedHistory(client, table, { name: 'name', order: '"timestamp", name' }),
  // It makes its lock itself when there is none.
  stamp: ({ table }, migrations) => [
    createTable(table, 'name varchar(255) not null primary key, "timestamp" varchar(255) not null'),
    insertNames(table, 'name, "timestamp"', `name, ${written}`, migrations),
  ],
};

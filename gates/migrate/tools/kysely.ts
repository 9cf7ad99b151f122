import type { MigrationTool } from './migration-tool.ts';
import { namedHistory } from './named-history.ts';
import { program } from './sections.ts';
import { byText, flat, leadingDigits, stem } from './versions.ts';

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
};

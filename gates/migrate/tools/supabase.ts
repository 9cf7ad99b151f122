import type { KnownMigration, MigrationTool } from './migration-tool.ts';
import { createSchema, createTable, insertNames, namedHistory } from './named-history.ts';
import { sql } from './sections.ts';
import { byText, flat } from './versions.ts';

/** Supabase: `<version>_<name>.sql`; versions in `supabase_migrations.schema_migrations`. */
export const supabase: MigrationTool = {
  name: 'supabase',
  command: ['supabase', 'db', 'push'],
  table: { schema: 'supabase_migrations', table: 'schema_migrations' },
  shape: { has: ['version', 'statements', 'name'] },
  repair: 'supabase migration repair --status applied|reverted <version>',
  uniqueVersions: true,
  find: ({ paths }) =>
    flat(paths).flatMap((file) => {
      const version = /^(\d+)_.*\.sql$/.exec(file)?.[1];
      return version === undefined ? [] : [{ name: version, file }];
    }),
  versionOf: (name) => name,
  compare: byText,
  sections: ({ up }) => sql(up, undefined, true), // One pipeline a file, its row included: one transaction.
  readHistory: (client, table) => namedHistory(client, table, { name: 'version', order: byText }),
  // Without the statements, which only `supabase migration fetch` reads.
  stamp: ({ table }, migrations) => [
    createSchema(table),
    createTable(table, 'version text not null primary key, statements text[], name text'),
    {
      ...insertNames(table, 'version, name', 'name, ($2::text[])[at]', migrations),
      values: [migrations.map(({ name }) => name), migrations.map(nameOf)],
    },
  ],
};

/** What stands behind the version. */
function nameOf({ file }: KnownMigration): string {
  return file.replace(/^\d+_/, '').replace(/\.sql$/, '');
}

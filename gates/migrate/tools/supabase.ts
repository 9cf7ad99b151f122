import type { MigrationTool } from './migration-tool.ts';
import { namedHistory } from './named-history.ts';
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
  readHistory: (client, table) => namedHistory(client, table, { name: 'version', order: 'version' }),
};

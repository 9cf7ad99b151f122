import type { MigrationTool } from './migration-tool.ts';
import { createTable, insertNames, namedHistory } from './named-history.ts';
import { sql } from './sections.ts';
import { statementCount } from './statement-count.ts';
import { byText } from './versions.ts';

/** Diesel: `<version>_<name>/up.sql` and `down.sql`, `metadata.toml` for no transaction; versions without their dashes. */
export const diesel: MigrationTool = {
  name: 'diesel',
  command: ['diesel', 'migration', 'run'],
  table: { schema: 'public', table: '__diesel_schema_migrations' },
  shape: { has: ['version', 'run_on'] },
  repair: 'diesel leaves no half-applied history, unless metadata.toml turns its transaction off',
  uniqueVersions: true,
  find: ({ paths }) => {
    const present = new Set(paths);
    return paths
      .filter((path) => /^[^/]+\/up\.sql$/.test(path))
      .map((file) => {
        const folder = file.slice(0, file.indexOf('/'));
        const [down, settings] = [`${folder}/down.sql`, `${folder}/metadata.toml`];
        const name = (folder.split('_')[0] ?? folder).replaceAll('-', '');
        return { name, file, ...(present.has(down) && { down }), ...(present.has(settings) && { settings }) };
      });
  },
  versionOf: (name) => name,
  compare: byText,
  sections: ({ up, down, settings }) => {
    const own = !/^\s*run_in_transaction\s*=\s*false\b/m.test(settings ?? '');
    return sql(up, down, own || statementCount(up) > 1, own || statementCount(down ?? '') > 1);
  },
  readHistory: (client, table) => namedHistory(client, table, { name: 'version', order: byText }),
  stamp: ({ table }, migrations) => [
    createTable(table, 'version varchar(50) primary key not null, run_on timestamp not null default current_timestamp'),
    insertNames(table, 'version', 'name', migrations),
  ],
};

import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { FoundMigration, HistoryRow, HistoryTable, MigrationTool } from './migration-tool.ts';
import { createTable, insertNames, qualified } from './named-history.ts';
import { sql } from './sections.ts';
import { statementCount } from './statement-count.ts';
import { flat, numeric } from './versions.ts';

/** sqlx: `<version>_<name>.sql`, or `.up.sql` and `.down.sql`; history with SHA-384 and success in `_sqlx_migrations`. */
export const sqlx: MigrationTool = {
  name: 'sqlx',
  command: ['sqlx', 'migrate', 'run'],
  table: { schema: 'public', table: '_sqlx_migrations' },
  shape: { has: ['version', 'success', 'checksum', 'execution_time'] },
  repair: 'undo or finish it by hand, then delete its row from _sqlx_migrations or set success',
  uniqueVersions: true,
  find: ({ paths, read }) => {
    const present = new Set(paths);
    return flat(paths)
      .filter((file) => /^\d+_.*\.sql$/.test(file) && !file.endsWith('.down.sql'))
      .map((file): FoundMigration => {
        const down = file.replace(/\.up\.sql$/, '.down.sql');
        const checksum = createHash('sha384').update(read(file)).digest('hex');
        const name = String(BigInt(file.slice(0, file.indexOf('_'))));
        return { name, file, checksum, ...(down !== file && present.has(down) && { down }) };
      });
  },
  versionOf: (name) => name,
  compare: numeric,
  sections: ({ up, down }) => sql(up, down, inTransaction(up), down === undefined || inTransaction(down)),
  readHistory,
  // Its own time without a run is -1.
  stamp: ({ table }, migrations) => [
    createTable(
      table,
      'version bigint primary key, description text not null, installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null, execution_time bigint not null',
    ),
    {
      ...insertNames(
        table,
        'version, description, success, checksum, execution_time',
        `name::bigint, ($2::text[])[at], true, decode(($3::text[])[at], 'hex'), -1`,
        migrations,
      ),
      values: [
        migrations.map(({ name }) => name),
        migrations.map(({ file }) => descriptionOf(file)),
        migrations.map(({ checksum }) => checksum),
      ],
    },
  ],
};

/** As it makes one of a file's name. */
function descriptionOf(file: string): string {
  return file
    .replace(/^\d+_/, '')
    .replace(/(\.up)?\.sql$/, '')
    .replaceAll('_', ' ');
}

/** Without its own transaction a file is still sent as one query, in which several statements are one. */
function inTransaction(text: string): boolean {
  return !text.startsWith('-- no-transaction') || statementCount(text) > 1;
}

/** PostgreSQL's history has only what was done; `success` is false where somebody, or an older version, wrote it so. */
async function readHistory(client: ClientBase, table: HistoryTable): Promise<readonly HistoryRow[]> {
  const { rows } = await client.query<{ name: string; success: boolean; checksum: string }>(
    `select version::text as name, success, encode(checksum, 'hex') as checksum from ${qualified(table)} order by version`,
  );
  return rows.map(({ name, success, checksum }) => ({ name, checksum, state: success ? 'applied' : 'dirty' }));
}

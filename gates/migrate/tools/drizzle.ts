import type { ClientBase } from 'pg';
import { z } from 'zod';
import { sha256 } from '../../kernel/digest.ts';
import type { HistoryRow, HistoryTable, MigrationDirectory, MigrationTool } from './migration-tool.ts';
import { createSchema, createTable, insertNames, qualified } from './named-history.ts';
import { sql } from './sections.ts';
import { numeric } from './versions.ts';

const journalFile = 'meta/_journal.json';
const journalSchema = z.object({ entries: z.array(z.object({ when: z.number().int(), tag: z.string() })) });

/** Drizzle: SQL files that `meta/_journal.json` lists. A migration is known by its time there (`when`), in milliseconds. */
export const drizzle: MigrationTool = {
  name: 'drizzle',
  command: ['npx', 'drizzle-kit', 'migrate'],
  table: { schema: 'drizzle', table: '__drizzle_migrations' },
  shape: { has: ['id', 'hash', 'created_at'] },
  repair: 'drizzle leaves no half-applied history',
  uniqueVersions: true,
  find: (directory) => {
    const present = new Set(directory.paths);
    return journal(directory)
      .map(({ when, tag }) => ({ name: String(when), file: `${tag}.sql` }))
      .filter(({ file }) => present.has(file))
      .map((found) => ({ ...found, checksum: sha256(directory.read(found.file).toString('utf8')) }));
  },
  problems: (directory) => {
    const present = new Set(directory.paths);
    if (!present.has(journalFile))
      return [{ about: journalFile, found: 'no such file', needed: "drizzle-kit's journal" }];
    if (!journalSchema.safeParse(parsed(directory)).success) {
      return [{ about: journalFile, found: 'no journal that can be read', needed: 'entries with when and tag' }];
    }
    return journal(directory)
      .map(({ tag }) => `${tag}.sql`)
      .filter((file) => !present.has(file))
      .map((about) => ({ about, found: 'an entry in the journal and no such file', needed: 'the file' }));
  },
  versionOf: (name) => name,
  compare: numeric,
  sections: ({ up }) => sql(up, undefined, true), // All that is pending is one transaction.
  readHistory,
  stamp: ({ table }, migrations) => [
    createSchema(table),
    createTable(table, 'id serial primary key, hash text not null, created_at bigint'),
    {
      ...insertNames(table, 'hash, created_at', '($2::text[])[at], name::bigint', migrations),
      values: [migrations.map(({ name }) => name), migrations.map(({ checksum }) => checksum)],
    },
  ],
};

/** The migrator looks at the newest `created_at` only: an older entry without a row is never applied. */
async function readHistory(client: ClientBase, table: HistoryTable): Promise<readonly HistoryRow[]> {
  const statement = `select hash, created_at::text as name from ${qualified(table)} order by created_at, id`;
  const { rows } = await client.query<{ hash: string; name: string }>(statement);
  return rows.map(({ hash, name }) => ({ name, checksum: hash, state: 'applied' }));
}

function journal(directory: MigrationDirectory) {
  if (!directory.paths.includes(journalFile)) return [];
  return journalSchema.safeParse(parsed(directory)).data?.entries ?? [];
}

function parsed(directory: MigrationDirectory): unknown {
  try {
    return JSON.parse(directory.read(journalFile).toString('utf8'));
  } catch {
    return undefined; // `problems` says that it cannot be read
  }
}

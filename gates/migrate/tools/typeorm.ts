import { createHash } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import type { HistoryTable, MigrationTool } from './migration-tool.ts';
import { createTable, insertNames, namedHistory } from './named-history.ts';
import { program } from './sections.ts';
import { flat, numeric } from './versions.ts';

// The name is the class's, or its own `name`, and ends with the time in milliseconds that the tool orders by.
const className = /\bclass\s+([A-Za-z_$][\w$]*?\d{13})\b/g;
const ownName = /\bname\s*=\s*(['"`])([^'"`]+?\d{13})\1/g;

/** TypeORM: a class a migration, known by its name; history in `migrations`. */
export const typeorm: MigrationTool = {
  name: 'typeorm',
  command: ['npx', 'typeorm', 'migration:run'],
  table: { schema: 'public', table: 'migrations' },
  beside: () => ['typeorm_metadata'], // of views and generated columns
  shape: { has: ['id', 'timestamp', 'name'] },
  repair: 'typeorm leaves no half-applied history, unless a migration turns its transaction off',
  uniqueVersions: false,
  find: ({ paths, read }) =>
    flat(paths)
      .filter((file) => /\.[cm]?[jt]s$/.test(file) && !/\.d\.[cm]?ts$/.test(file))
      .flatMap((file) => namesIn(read(file).toString('utf8')).map((name) => ({ name, file }))),
  versionOf: (name) => /\d{13}$/.exec(name)?.[0],
  compare: (a, b) => numeric(a.slice(-13), b.slice(-13)),
  sections: ({ file, up }) => program(file, !/\btransaction\s*=\s*false\b/.test(up)),
  readHistory: (client, table) => namedHistory(client, table, { name: 'name', order: 'id' }),
  stamp: ({ table }, migrations) => [
    createTable(
      table,
      `id serial not null, "timestamp" bigint not null, name character varying not null, constraint ${escapeIdentifier(keyOf(table))} primary key (id)`,
    ),
    insertNames(table, '"timestamp", name', 'right(name, 13)::bigint, name', migrations),
  ],
};

function namesIn(text: string): readonly string[] {
  const own = [...text.matchAll(ownName)].map((match) => match[2] ?? '');
  return own.length > 0 ? own : [...text.matchAll(className)].map((match) => match[1] ?? '');
}

/** The name that its DefaultNamingStrategy gives a primary key. */
function keyOf({ table }: HistoryTable): string {
  return `PK_${createHash('sha1').update(`${table}_id`).digest('hex').slice(0, 27)}`;
}

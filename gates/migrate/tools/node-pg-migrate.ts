import type { MigrationTool } from './migration-tool.ts';
import { createTable, insertNames, namedHistory } from './named-history.ts';
import { languageOf, linesOf, program, sql } from './sections.ts';
import { flat, leadingDigits, stem } from './versions.ts';

const migration = /\.(sql|[cm]?js|[cm]?ts)$/;
// As the tool looks for them.
const upMarker = /^\s*--[\s-]*up\s+migration/i;
const downMarker = /^\s*--[\s-]*down\s+migration/i;

/** node-pg-migrate 9: .sql, .js, .cjs, .mjs and .ts files, a numeric prefix, history in `public.pgmigrations`. */
export const nodePgMigrate: MigrationTool = {
  name: 'node-pg-migrate',
  command: ['npx', 'node-pg-migrate', 'up'],
  table: { schema: 'public', table: 'pgmigrations' },
  shape: { has: ['id', 'name', 'run_on'] },
  repair: 'node-pg-migrate leaves no half-applied history',
  uniqueVersions: false,
  find: ({ paths }) =>
    flat(paths)
      .filter((file) => migration.test(file) && !file.startsWith('.') && !file.endsWith('.d.ts'))
      .map((file) => ({ name: stem(file), file })),
  versionOf: leadingDigits,
  compare: (a, b) => timestamp(a) - timestamp(b) || a.localeCompare(b, undefined, { numeric: true }),
  sections: ({ file, up }) => {
    if (languageOf(file) !== undefined) return program(file, !/\bnoTransaction\s*\(/.test(up));
    const lines = up.split('\n');
    const upAt = lines.findIndex((line) => upMarker.test(line));
    const downAt = lines.findIndex((line) => downMarker.test(line));
    // As the tool does: without an up marker the whole file is the way up, a down section included.
    const upText = upAt < 0 ? up : linesOf(up, upAt, downAt < upAt ? undefined : downAt);
    return sql(upText, downAt < 0 ? undefined : linesOf(up, downAt, upAt < downAt ? undefined : upAt), true);
  },
  readHistory: (client, table) => namedHistory(client, table, { name: 'name', order: 'run_on, id' }),
  // As ensureMigrationsTable and Migration._getMarkAsRun in its runner.
  stamp: ({ table }, migrations) => [
    createTable(table, 'id serial primary key, name varchar(255) not null, run_on timestamp not null'),
    insertNames(table, 'name, run_on', 'name, now()', migrations),
  ],
};

/** The tool reads a 17-digit prefix as a UTC time to the millisecond and any other as a number. */
function timestamp(name: string): number {
  const prefix = leadingDigits(name) ?? '';
  const utc = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/.exec(prefix);
  if (utc === null) return Number(prefix);
  const [, year, month, day, hour, minute, second, ms] = utc;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
}

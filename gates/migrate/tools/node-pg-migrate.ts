import type { ClientBase } from 'pg';
import type { MigrationTool } from './migration-tool.ts';

const historyIsThere = `select to_regclass('public.pgmigrations') is not null as there`;
const readHistory = `select name from public.pgmigrations order by run_on, id`;

/** node-pg-migrate 9: .sql, .js, .cjs, .mjs and .ts files, a numeric prefix, history in `public.pgmigrations`. */
export const nodePgMigrate: MigrationTool = {
  name: 'node-pg-migrate',
  isMigration: (file) => /\.(sql|[cm]?js|[cm]?ts)$/.test(file) && !file.startsWith('.') && !file.endsWith('.d.ts'),
  nameOf: (file) => file.replace(/\.[^.]+$/, ''),
  versionOf: (name) => /^\d+/.exec(name)?.[0],
  compare: (a, b) => timestamp(a) - timestamp(b) || a.localeCompare(b, undefined, { numeric: true }),
  history: async (client: ClientBase) => {
    const { rows } = await client.query<{ there: boolean }>(historyIsThere);
    if (rows[0]?.there !== true) return [];
    const history = await client.query<{ name: string }>(readHistory);
    return history.rows.map((row) => row.name);
  },
};

/** The tool reads a 17-digit prefix as a UTC time to the millisecond and any other as a number. */
function timestamp(name: string): number {
  const prefix = /^\d+/.exec(name)?.[0] ?? '';
  const utc = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/.exec(prefix);
  if (utc === null) return Number(prefix);
  const [, year, month, day, hour, minute, second, ms] = utc;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
}

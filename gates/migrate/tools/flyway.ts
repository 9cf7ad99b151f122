import { crc32 } from 'node:zlib';
import { type ClientBase, escapeIdentifier } from 'pg';
import type {
  FoundMigration,
  HistoryRow,
  HistoryTable,
  KnownMigration,
  MigrationTool,
  Stamp,
} from './migration-tool.ts';
import { createTable, qualified } from './named-history.ts';
import { languageOf, program, sql } from './sections.ts';
import { byText, fileName } from './versions.ts';

const versioned = /^V(\d+(?:[._]\d+)*)__.*\.(sql|java|kt)$/;
const repeatable = /^R__.*\.(sql|java|kt)$/;
// What its PostgreSQL parser runs outside a transaction by itself.
const outside =
  /^\s*((create|drop)\s+(database|tablespace|subscription)|alter\s+system|(create(\s+unique)?|drop)\s+index\s+concurrently|reindex\b|vacuum\b|discard\s+all)/im;

/** Flyway: `V<version>__<name>.sql` and `R__<name>.sql`, `U…` beside it the way down; history with checksum and success. */
export const flyway: MigrationTool = {
  name: 'flyway',
  command: ['flyway', 'migrate'],
  table: { schema: 'public', table: 'flyway_schema_history' },
  shape: { has: ['installed_rank', 'version', 'script', 'checksum', 'success'] },
  repair: 'flyway repair takes the failed row away; undo by hand what it left',
  templated: true,
  uniqueVersions: true,
  find: ({ paths, read }) => {
    const present = new Set(paths);
    return paths
      .filter((path) => versioned.test(fileName(path)) || repeatable.test(fileName(path)))
      .map((file): FoundMigration => {
        const down = file.replace(/(^|\/)V([^/]*)$/, '$1U$2');
        const settings = `${file}.conf`;
        const checksum = checksumOf(file, read(file).toString('utf8'));
        return {
          name: file,
          file,
          ...(checksum !== undefined && { checksum }),
          ...(repeatable.test(fileName(file)) && { repeatable: true }),
          ...(down !== file && present.has(down) && { down }),
          ...(present.has(settings) && { settings }),
        };
      });
  },
  versionOf,
  compare: (a, b) => {
    const [left, right] = [versionOf(a), versionOf(b)];
    if (left !== undefined && right !== undefined) return compareVersions(left, right);
    if (left === undefined && right === undefined) return byText(fileName(a), fileName(b));
    return left === undefined ? 1 : -1; // Repeatable ones come last.
  },
  sections: ({ file, up, down, settings }) => {
    if (languageOf(file) !== undefined) return program(file, true);
    const configured = /^\s*executeInTransaction\s*=\s*(true|false)/m.exec(settings ?? '')?.[1];
    return sql(
      up,
      down,
      configured === undefined ? !outside.test(up) : configured === 'true',
      !outside.test(down ?? ''),
    );
  },
  readHistory,
  stamp,
};

interface Row {
  readonly version: string | null;
  readonly type: string;
  readonly script: string;
  readonly checksum: number | null;
  readonly success: boolean;
}

/** Rows of undo and of `flyway repair` take back the ones before them; a baseline stands for everything up to its version. */
async function readHistory(
  client: ClientBase,
  table: HistoryTable,
  known: readonly KnownMigration[],
): Promise<readonly HistoryRow[]> {
  const { rows } = await client.query<Row>(
    `select version, type, script, checksum, success from ${qualified(table)} order by installed_rank`,
  );
  const history: { version: string | null; row: HistoryRow }[] = [];
  for (const { version, type, script, checksum, success } of rows) {
    if (type === 'SCHEMA') continue;
    if (type === 'DELETE' || (/^UNDO/.test(type) && success)) {
      const last = history.findLastIndex((entry) =>
        version === null ? entry.row.name === script : entry.version === version,
      );
      if (last >= 0) history.splice(last, 1);
    } else if (type === 'BASELINE') {
      const before = known
        .filter(({ name }) => isWithin(name, version ?? '0'))
        .sort((a, b) => flyway.compare(a.name, b.name));
      for (const { name } of before) {
        const named = compareVersions(versionOf(name) ?? '0', version ?? '0') === 0;
        history.push({ version: null, row: { name, state: 'applied', ...(!named && { assumed: true }) } });
      }
    } else {
      const own = checksum === null ? {} : { checksum: String(checksum) };
      history.push({ version, row: { name: script, state: success ? 'applied' : 'failed', ...own } });
    }
  }
  return history.map((entry) => entry.row);
}

/** What `flyway baseline` writes: one row for all versions up to it. */
function stamp({ table }: Parameters<Stamp>[0], migrations: readonly KnownMigration[]): ReturnType<Stamp> {
  const last = migrations.at(-1)?.name ?? '';
  const version = versionOf(last);
  if (version === undefined) {
    return { found: `${last}, a repeatable migration`, needed: 'a versioned one: a baseline is a version' };
  }
  const text = '<< Flyway Baseline >>';
  return [
    createTable(
      table,
      `installed_rank int not null, version varchar(50), description varchar(200) not null, type varchar(20) not null,
      script varchar(1000) not null, checksum integer, installed_by varchar(100) not null,
      installed_on timestamp not null default now(), execution_time integer not null, success boolean not null,
      constraint ${escapeIdentifier(`${table.table}_pk`)} primary key (installed_rank)`,
    ),
    {
      sql: `create index if not exists ${escapeIdentifier(`${table.table}_s_idx`)} on ${qualified(table)} (success)`,
    },
    {
      sql: `insert into ${qualified(table)} (installed_rank, version, description, type, script, installed_by, execution_time, success)
      values (1, $1, $2, 'BASELINE', $2, current_user, 0, true)`,
      values: [version, text],
    },
  ];
}

function isWithin(name: string, baseline: string): boolean {
  const version = versionOf(name);
  return version !== undefined && compareVersions(version, baseline) <= 0;
}

function versionOf(name: string): string | undefined {
  return versioned
    .exec(fileName(name))?.[1]
    ?.replaceAll('_', '.')
    .replace(/(\.0+)+$/, '')
    .replace(/^0+(?=\d)/, '');
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[._]/).map(BigInt)) as [bigint[], bigint[]];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const [x, y] = [left[at] ?? 0n, right[at] ?? 0n];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** CRC32 over the lines without their ends, signed. Flyway fills the placeholders of a repeatable one before: not known here. */
function checksumOf(file: string, text: string): string | undefined {
  if (languageOf(file) !== undefined) return undefined;
  if (repeatable.test(fileName(file)) && text.includes('${')) return undefined;
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  return String(crc32(lines.join('')) | 0);
}

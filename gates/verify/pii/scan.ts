import type { ClientBase } from 'pg';
import pg from 'pg';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import { relationOf, type TableShape } from '../table-shape.ts';
import { mask, type PiiPattern } from './patterns.ts';

/** What is scanned, and where personal data belongs. */
export interface PiiScan {
  readonly patterns: readonly PiiPattern[];
  /** `schema.table.column`, table as the server quotes it: declared to hold personal data, and not scanned. */
  readonly declared: readonly string[];
}

/** Besides these, every type outside pg_catalog: an extension's text, or a composite that holds some. */
const textTypes: ReadonlySet<string> = new Set([
  'text',
  'varchar',
  'bpchar',
  'name',
  'json',
  'jsonb',
  'xml',
  '_text',
  '_varchar',
  '_bpchar',
  '_json',
  '_jsonb',
  'tsvector',
]);
/** Matches that are fetched at once. */
const batch = 1_000;

/** Looks for personal data in every text and JSON column that is not declared to hold any. Samples are masked. */
export async function scanPii(
  client: ClientBase,
  tables: readonly TableShape[],
  scan: PiiScan,
): Promise<readonly Finding[]> {
  const columns = tables.flatMap((table) =>
    table.columns.map(({ name, type }) => ({ table, name, type, about: `${table.name}.${name}` })),
  );
  const findings = scan.declared
    .filter((declared) => !columns.some(({ about }) => about === declared))
    .map((declared) => blocker('PERSONAL_DATA_LIST', declared, 'no such column', 'columns that are there'));
  for (const { table, name, type, about } of columns) {
    if (!(textTypes.has(type) || type.includes('.')) || scan.declared.includes(about)) continue;
    for (const pattern of scan.patterns) {
      const found = await look(client, table, name, pattern);
      if (found === undefined) continue;
      findings.push(blocker('PERSONAL_DATA_FOUND', about, `${pattern.kind} ${found}`, 'none, or the column declared'));
    }
  }
  return findings;
}

/** The first match that holds, masked. Every match is tried: a column is clean only when none is left. */
async function look(client: ClientBase, table: TableShape, column: string, { pattern, holds }: PiiPattern) {
  const value = `t.${pg.escapeIdentifier(column)}::text`;
  await client.query(
    `declare pii no scroll cursor for select m[1] as match from ${relationOf(table)} t,
      regexp_matches(${value}, ${pg.escapeLiteral(pattern)}, 'g') m where ${value} ~ ${pg.escapeLiteral(pattern)}`,
  );
  try {
    for (;;) {
      const { rows } = await client.query<{ match: string }>(`fetch ${batch} from pii`);
      const found = rows.find(({ match }) => holds(match));
      if (found !== undefined) return mask(found.match);
      if (rows.length < batch) return undefined;
    }
  } finally {
    await client.query('close pii');
  }
}

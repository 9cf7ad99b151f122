import type { ClientBase } from 'pg';
import pg from 'pg';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import { type ColumnShape, relationOf, type TableShape } from '../table-shape.ts';
import { holdsText } from './holds-text.ts';
import { mask, type PiiPattern } from './patterns.ts';
import { unescaped } from './unescaped.ts';

/** What is scanned, and where personal data belongs. */
export interface PiiScan {
  readonly patterns: readonly PiiPattern[];
  /** `schema.table.column`, table as the server quotes it: declared to hold personal data, and not scanned. */
  readonly declared: readonly string[];
}

/** Matches that are fetched at once; one may be as long as the value that it is in. */
const batch = 100;

type Named = Pick<ColumnShape, 'name' | 'type'>;

/** Looks for personal data in every column that may hold text and is not declared to hold any. Samples are masked. */
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
    if (!holdsText(type) || scan.declared.includes(about)) continue;
    for (const pattern of scan.patterns) {
      const found = await look(client, table, { name, type }, pattern);
      if (found === undefined) continue;
      findings.push(blocker('PERSONAL_DATA_FOUND', about, `${pattern.kind} ${found}`, 'none, or the column declared'));
    }
  }
  return findings;
}

/** The first match that is one, masked. Every match is tried: a column is clean only when none is left. */
async function look(client: ClientBase, table: TableShape, column: Named, { pattern, find }: PiiPattern) {
  // Under a collation for which other characters are equal there are no regular expressions.
  const text = `(t.${pg.escapeIdentifier(column.name)}::text collate "C")`;
  await client.query(
    `declare pii no scroll cursor for select m[1] as match
    from (select ${unescaped(text, column.type)} as value from ${relationOf(table)} t offset 0) v,
      regexp_matches(value, ${pg.escapeLiteral(pattern)}, 'g') m where value ~ ${pg.escapeLiteral(pattern)}`,
  );
  try {
    for (;;) {
      const { rows } = await client.query<{ match: string }>(`fetch ${batch} from pii`);
      for (const { match } of rows) {
        const found = find(match);
        if (found !== undefined) return mask(found);
      }
      if (rows.length < batch) return undefined;
    }
  } finally {
    await client.query('close pii');
  }
}

import type { ClientBase } from 'pg';
import pg from 'pg';
import { blocker, type Finding } from '../../kernel/verdict.ts';

/** Keys that a table must have, without which the application does not work: its state, its settings. */
export interface RequiredKeys {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** As text, as the server writes them. */
  readonly keys: readonly string[];
}

/**
 * Every required key that is not in its table by its very characters, whatever the column's collation takes for equal; a table or
 * column that is not there has none of them.
 */
export async function requiredKeys(client: ClientBase, required: readonly RequiredKeys[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { schema, table, column, keys } of required) {
    const about = `${schema}.${table}`;
    const there = await client.query(
      `select from pg_attribute where attrelid = to_regclass($1) and attname = $2 and attnum > 0 and not attisdropped`,
      [`${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`, column],
    );
    if (there.rowCount === 0) {
      findings.push(blocker('REQUIRED_KEY_MISSING', about, `no column ${column}`, `${keys.length} keys in it`));
      continue;
    }
    const relation = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
    const { rows } = await client.query<{ key: string }>(
      `select asked.key from unnest($1::text[]) asked (key)
       where not exists (select from ${relation} t where t.${pg.escapeIdentifier(column)}::text collate "C" = asked.key) order by 1`,
      [keys],
    );
    for (const { key } of rows)
      findings.push(blocker('REQUIRED_KEY_MISSING', about, `no ${column} ${key}`, 'a row with it'));
  }
  return findings;
}

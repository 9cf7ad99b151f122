import type { ClientBase } from 'pg';
import { blocker, type Finding } from '../../kernel/verdict.ts';

interface ForeignKey {
  readonly name: string;
  readonly child: string;
  readonly parent: string;
  readonly columns: readonly string[];
  readonly refers: readonly string[];
  readonly full: boolean;
  /** The last column is a period, which the referred rows' periods cover together. */
  readonly period: boolean;
}

/** Those of partitions come with their parent's. `only` where a table is not partitioned: a child inherits no foreign key. */
const readForeignKeys = `
select format('%s on %s', k.conname, k.conrelid::regclass) as name, k.confmatchtype = 'f' as full,
  coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false) as period,
  case c.relkind when 'p' then '' else 'only ' end || k.conrelid::regclass as child,
  case p.relkind when 'p' then '' else 'only ' end || k.confrelid::regclass as parent,
  (select json_agg(quote_ident(a.attname) order by i.at) from unnest(k.conkey) with ordinality i (num, at)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = i.num) as columns,
  (select json_agg(quote_ident(a.attname) order by i.at) from unnest(k.confkey) with ordinality i (num, at)
    join pg_attribute a on a.attrelid = k.confrelid and a.attnum = i.num) as refers
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
where k.contype = 'f' and k.conparentid = 0
order by 1`;

/**
 * Scans every foreign key with one anti-join: a constraint says nothing of rows that were loaded while triggers were
 * off.
 */
export async function foreignKeys(client: ClientBase): Promise<readonly Finding[]> {
  const { rows: keys } = await client.query<ForeignKey>(readForeignKeys);
  const findings: Finding[] = [];
  for (const key of keys) {
    const { rows } = await client.query<{ broken: string }>(antiJoin(key));
    const broken = rows[0]?.broken ?? 'an unknown number of';
    if (broken !== '0') findings.push(blocker('FOREIGN_KEY_BROKEN', key.name, `${broken} rows without theirs`, 'none'));
  }
  return findings;
}

/** A row with a NULL in its columns refers to nothing; with `match full` it may not have some NULLs and some values. */
function antiJoin({ child, parent, columns, refers, full, period }: ForeignKey): string {
  const scalars = period ? columns.slice(0, -1) : columns;
  const equal = scalars.map((column, index) => `p.${refers[index]} = c.${column}`).join(' and ');
  const periods = `coalesce(c.${columns.at(-1)} <@ (select range_agg(p.${refers.at(-1)}) from ${parent} p where ${equal}), false)`;
  const referred = period ? periods : `exists (select from ${parent} p where ${equal})`;
  const present = columns.map((column) => `c.${column} is not null`);
  const unmatched = `${present.join(' and ')} and not ${referred}`;
  const halfNull = `not (${present.join(' and ')}) and (${present.join(' or ')})`;
  return `select count(*)::text as broken from ${child} c where (${unmatched})${full ? ` or (${halfNull})` : ''}`;
}

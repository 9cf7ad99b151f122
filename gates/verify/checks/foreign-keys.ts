import type { ClientBase } from 'pg';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import { enforced } from './enforced.ts';

interface ForeignKey {
  readonly name: string;
  readonly child: string;
  readonly parent: string;
  readonly columns: readonly string[];
  readonly refers: readonly string[];
  /** One condition a column, of `p` and `c`. A period's is that the two overlap, which is not asked for. */
  readonly equal: readonly string[];
  readonly full: boolean;
  /** The last column is a period, which the referred rows' periods cover together. */
  readonly period: boolean;
}

/**
 * Each column's operator is the constraint's own, whose schema may not be in the search path; both sides are cast to what it takes
 * (by the type's name: `character` is one character), and the referred column's collation decides. Those of partitions come with
 * their parent's. `only` where a table is not partitioned: a child inherits no foreign key.
 */
const readForeignKeys = `
with casts as (
  select t.oid as type, case when t.typtype = 'p' then '' else format('::%I.%I', n.nspname, t.typname) end as cast
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
), collations as (
  select 0::oid as collation, '' as collate
  union all select l.oid, format(' collate %I.%I', n.nspname, l.collname)
  from pg_collation l join pg_namespace n on n.oid = l.collnamespace
)
select format('%s on %s', k.conname, k.conrelid::regclass) as name, k.confmatchtype = 'f' as full,
  coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false) as period,
  case c.relkind when 'p' then '' else 'only ' end || k.conrelid::regclass as child,
  case p.relkind when 'p' then '' else 'only ' end || k.confrelid::regclass as parent,
  (select json_agg(quote_ident(a.attname) order by i.at) from unnest(k.conkey) with ordinality i (num, at)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = i.num) as columns,
  (select json_agg(quote_ident(a.attname) order by i.at) from unnest(k.confkey) with ordinality i (num, at)
    join pg_attribute a on a.attrelid = k.confrelid and a.attnum = i.num) as refers,
  (select json_agg(format('(p.%I%s)%s operator(%I.%s) c.%I%s', pa.attname, pl.collate, pt.cast, n.nspname, o.oprname, ca.attname, ct.cast) order by i.at)
    from unnest(k.conkey, k.confkey, k.conpfeqop) with ordinality i (child, parent, operator, at)
    join pg_attribute ca on ca.attrelid = k.conrelid and ca.attnum = i.child
    join pg_attribute pa on pa.attrelid = k.confrelid and pa.attnum = i.parent
    join pg_operator o on o.oid = i.operator join pg_namespace n on n.oid = o.oprnamespace
    join casts pt on pt.type = o.oprleft join casts ct on ct.type = o.oprright
    join collations pl on pl.collation = pa.attcollation) as equal
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
where k.contype = 'f' and k.conparentid = 0 and ${enforced}
order by 1`;

/**
 * Scans every foreign key that is enforced with one anti-join: a constraint says nothing of rows that were loaded while triggers were
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
function antiJoin({ child, parent, columns, refers, equal, full, period }: ForeignKey): string {
  const same = (period ? equal.slice(0, -1) : equal).join(' and ');
  const referred = period
    ? `coalesce(c.${columns.at(-1)} operator(pg_catalog.<@) (select range_agg(p.${refers.at(-1)}) from ${parent} p where ${same}), false)`
    : `exists (select from ${parent} p where ${same})`;
  const present = columns.map((column) => `c.${column} is not null`);
  const unmatched = `${present.join(' and ')} and not ${referred}`;
  const halfNull = `not (${present.join(' and ')}) and (${present.join(' or ')})`;
  return `select count(*)::text as broken from ${child} c where (${unmatched})${full ? ` or (${halfNull})` : ''}`;
}

import type { ClientBase } from 'pg';

/** A column as far as its content is concerned: its type with domains resolved. */
export interface ColumnShape {
  readonly name: string;
  /** `int8`, or `schema.name` for a type outside pg_catalog. */
  readonly type: string;
  /** pg_type.typtype: b base, c composite, e enum, m multirange, r range. */
  readonly kind: string;
  /** Of a char(n), n; null of all else, of a bpchar without a length too. */
  readonly width: number | null;
  /** pg_attribute.attnum: another one where a column was dropped and made again. */
  readonly number: number;
  /** Computed when it is read: its values change without any row. */
  readonly virtual: boolean;
}

/** What holds rows. */
export interface TablePart {
  readonly name: string;
  readonly oid: string;
  /** Its size in blocks of 8 kB. */
  readonly blocks: number;
  /** Stored as PostgreSQL itself does: not on another server, nor by an extension's method. */
  readonly heap: boolean;
}

/** A table with all its partitions, whatever their layout. Names are as the server quotes them. */
export interface TableShape {
  /** `schema.table`, quoted where it must be. */
  readonly name: string;
  /** In the order of their names by code point: the order in the table changes with every dropped column. */
  readonly columns: readonly ColumnShape[];
  /** Columns of the primary key, or of another key without NULL; empty where rows have no identity. */
  readonly key: readonly string[];
  /** What holds the rows: the table itself, or its leaf partitions. */
  readonly parts: readonly TablePart[];
}

/** Every table of the application: no system schema, no extension's table, no temporary table, none of `sallyport`. */
const readShapes = `
with recursive base as (
  select oid as type, oid as base, -1 as modifier from pg_type where typtype <> 'd'
  union all
  select d.oid, b.base, greatest(b.modifier, d.typtypmod) from pg_type d join base b on d.typtype = 'd' and d.typbasetype = b.type
)
select format('%I.%I', n.nspname, c.relname) as name,
  (select coalesce(json_agg(json_build_object('name', a.attname, 'number', a.attnum, 'virtual', a.attgenerated = 'v', 'kind', t.typtype,
      'width', case when t.oid = 'pg_catalog.bpchar'::regtype and greatest(b.modifier, a.atttypmod) >= 4 then greatest(b.modifier, a.atttypmod) - 4 end, 'type',
      case when tn.nspname = 'pg_catalog' then t.typname else format('%I.%I', tn.nspname, t.typname) end)
      order by a.attname collate "C"), '[]')
    from pg_attribute a join base b on b.type = a.atttypid join pg_type t on t.oid = b.base
    join pg_namespace tn on tn.oid = t.typnamespace
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select coalesce(json_agg(a.attname order by a.attname collate "C"), '[]')
    from pg_attribute a where a.attrelid = c.oid and a.attnum = any ((coalesce((
      select k.columns from (
        select (i.indkey::int2[])[0:i.indnkeyatts - 1] as columns, i.indisprimary, ic.relname
        from pg_index i join pg_class ic on ic.oid = i.indexrelid
        where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null
          and i.indexprs is null) k
      where k.indisprimary or not exists (
        select from pg_attribute x where x.attrelid = c.oid and x.attnum = any (k.columns) and not x.attnotnull)
      order by k.indisprimary desc, cardinality(k.columns), k.relname collate "C" limit 1), '{}')))) as key,
  (select coalesce(json_agg(json_build_object('name', format('%I.%I', pn.nspname, p.relname), 'oid', p.oid::text,
      'heap', p.relkind = 'r' and p.relam = (select oid from pg_am where amname = 'heap'), 'blocks',
      case when p.relkind = 'r' then pg_relation_size(p.oid) / current_setting('block_size')::int else 0 end)
      order by pn.nspname, p.relname), '[]')
    from (select c.oid as relid where c.relkind = 'r'
      union all select t.relid from pg_partition_tree(c.oid) t where c.relkind = 'p' and t.isleaf) leaf
    join pg_class p on p.oid = leaf.relid join pg_namespace pn on pn.oid = p.relnamespace
    where p.relkind in ('r', 'f')) as parts
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't' and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'sallyport')
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1`;

/** Reads the shape of every table, in the order of their names. */
export async function readTableShapes(client: ClientBase): Promise<readonly TableShape[]> {
  const { rows } = await client.query<TableShape>(readShapes);
  return rows;
}

/** SQL that reads all rows of a table, and not those of tables that inherit from it: they stand for themselves. */
export function relationOf(table: TableShape): string {
  return table.parts.length === 1 && table.parts[0]?.name === table.name ? `only ${table.name}` : table.name;
}

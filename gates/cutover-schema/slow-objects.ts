import type { ClientBase } from 'pg';

/** An index that can be made again exactly as it is, or one partition's share of it. */
export interface SlowIndex {
  readonly oid: string;
  /** Qualified, and quoted where it must be, as all names here. */
  readonly name: string;
  readonly table: string;
  readonly definition: string;
  /** The unique or exclusion constraint that it carries. */
  readonly constraint: string | null;
  readonly constraintDefinition: string | null;
  /** Of a partitioned table: without storage of its own. */
  readonly partitioned: boolean;
  readonly parent: string | null;
  /** Storage options, as `alter index … set (…)` takes them. */
  readonly options: string | null;
  readonly comment: string | null;
  readonly constraintComment: string | null;
}

/** A foreign key; of one that a partition has from its partitioned table, only where it has another name there. */
export interface SlowForeignKey {
  readonly name: string;
  readonly table: string;
  readonly definition: string;
  /** It can be made without looking at the rows, and be held to them afterwards. */
  readonly validates: boolean;
  /** Dropped with that of the partitioned table. */
  readonly inherited: boolean;
  readonly comment: string | null;
}

const ofApplication = `c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'sallyport')
  and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')`;

/**
 * Kept where they are: primary keys and replica identities, which the load needs, and what could not be made again exactly
 * from its definition (tablespace, clustering, statistics targets) or has something else of the schema hanging on it. An
 * index of a partitioned table stays as a whole when one of its partitions' does.
 */
const readIndexes = `
with indexes as (
  select i.oid, x.indrelid, i.relname, i.relkind, i.reloptions, n.nspname, c.relname as "table", k.oid as constraint_oid, k.conname,
    coalesce(pg_partition_root(i.oid), i.oid) as root, (select inhparent from pg_inherits h where h.inhrelid = i.oid) as parent,
    x.indisprimary or x.indisreplident or x.indisclustered or not x.indisvalid or i.reltablespace <> 0
      or k.contype not in ('u', 'x')
      or exists (select from pg_attribute a where a.attrelid = i.oid and coalesce(a.attstattarget, -1) > 0)
      or exists (select from pg_depend d where d.deptype in ('n', 'e') and d.classid <> 'pg_constraint'::regclass and (
        (d.refclassid = 'pg_class'::regclass and d.refobjid = i.oid) or (d.refclassid = 'pg_constraint'::regclass and d.refobjid = k.oid)))
      as stays
  from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_constraint k on k.conindid = i.oid and k.conrelid = c.oid and k.contype in ('p', 'u', 'x')
  where ${ofApplication}
)
select i.oid::text, format('%I.%I', i.nspname, i.relname) as name, format('%I.%I', i.nspname, i."table") as "table",
  pg_get_indexdef(i.oid) as definition, quote_ident(i.conname) as constraint,
  pg_get_constraintdef(i.constraint_oid) as "constraintDefinition", i.relkind = 'I' as partitioned, i.parent::text,
  (select string_agg(format('%I = %L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ')
    from unnest(i.reloptions) o) as options,
  obj_description(i.oid, 'pg_class') as comment, obj_description(i.constraint_oid, 'pg_constraint') as "constraintComment"
from indexes i
where not exists (select from indexes s where s.root = i.root and s.stays)
order by (select count(*) from pg_partition_ancestors(i.oid)) desc, 2`;

/**
 * Those that a key to a partitioned table brings with it for its partitions go and come with it. Between partitioned tables
 * a key is held to the rows when it is made: before 18 it cannot be otherwise, or not with all that belongs to it.
 */
const readForeignKeys = `
select quote_ident(k.conname) as name, format('%I.%I', n.nspname, c.relname) as "table", pg_get_constraintdef(k.oid) as definition,
  k.convalidated and k.conparentid = 0 and c.relkind = 'r' and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
    and (select relkind = 'r' from pg_class r where r.oid = k.confrelid) as validates,
  k.conparentid <> 0 as inherited, obj_description(k.oid, 'pg_constraint') as comment
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_constraint p on p.oid = k.conparentid
where k.contype = 'f' and ${ofApplication} and (p.oid is null or (p.conrelid <> k.conrelid and p.conname <> k.conname))
order by k.conparentid <> 0 desc, 2, 1`;

/** Indexes that slow a load and that nothing needs during it; those of partitions before the partitioned ones. */
export async function slowIndexes(client: ClientBase): Promise<readonly SlowIndex[]> {
  return (await client.query<SlowIndex>(readIndexes)).rows;
}

/** Every foreign key of the application, in the order in which they are made again. */
export async function slowForeignKeys(client: ClientBase): Promise<readonly SlowForeignKey[]> {
  return (await client.query<SlowForeignKey>(readForeignKeys)).rows;
}

import type { ClientBase } from 'pg';

/** A column that a row needs a value for: generated ones are left out. */
export interface SeedColumn {
  readonly name: string;
  readonly type: string;
  /** `pg_type.typcategory`, of the base type where it is a domain. */
  readonly category: string;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  /** Longest text that fits, in characters; null: no bound. */
  readonly length: number | null;
  readonly labels: readonly string[] | null;
}

/** A foreign key: its columns, and those that they refer to. */
export interface SeedReference {
  readonly columns: readonly string[];
  readonly table: string;
  readonly target: readonly string[];
}

/** A table as the seed sees it. */
export interface SeedTable {
  /** Quoted, for statements. */
  readonly name: string;
  readonly label: string;
  readonly rows: boolean;
  readonly columns: readonly SeedColumn[];
  readonly references: readonly SeedReference[];
  /** Unique keys, by their columns. */
  readonly unique: readonly (readonly string[])[];
  /** Check constraints, of the table and of its columns' domains. */
  readonly checks: readonly { readonly name: string; readonly columns: readonly string[]; readonly text: string }[];
}

const readTables = `
select format('%I.%I', n.nspname, c.relname) as name, n.nspname || '.' || c.relname as label,
  coalesce((select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
    'category', t.typcategory, 'nullable', not a.attnotnull and not t.typnotnull, 'hasDefault', a.atthasdef,
    'length', case when a.atttypmod > 4 and a.atttypid in ('varchar'::regtype, 'bpchar'::regtype) then a.atttypmod - 4 end,
    'labels', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e
      where e.enumtypid = case t.typtype when 'd' then t.typbasetype else t.oid end))
    order by a.attnum)
   from pg_attribute a join pg_type t on t.oid = a.atttypid
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity <> 'a'), '[]') as columns,
  coalesce((select json_agg(json_build_object('columns', (select json_agg(a.attname order by o.ord)
      from unnest(k.conkey) with ordinality o(num, ord) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = o.num),
    'table', format('%I.%I', fn.nspname, f.relname), 'target', (select json_agg(a.attname order by o.ord)
      from unnest(k.confkey) with ordinality o(num, ord) join pg_attribute a on a.attrelid = k.confrelid and a.attnum = o.num)))
   from pg_constraint k join pg_class f on f.oid = k.confrelid join pg_namespace fn on fn.oid = f.relnamespace
   where k.conrelid = c.oid and k.contype = 'f'), '[]') as references,
  coalesce((select json_agg((select json_agg(a.attname) from unnest(i.indkey::int2[]) num
      join pg_attribute a on a.attrelid = c.oid and a.attnum = num))
   from pg_index i where i.indrelid = c.oid and i.indisunique and not 0 = any(i.indkey::int2[])), '[]') as unique,
  coalesce((select json_agg(json_build_object('name', k.conname, 'text', pg_get_constraintdef(k.oid),
    'columns', (select json_agg(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
      and (k.conrelid = c.oid and a.attnum = any(k.conkey) or k.contypid <> 0 and a.atttypid = k.contypid))))
   from pg_constraint k where k.contype = 'c' and (k.conrelid = c.oid and k.conkey is not null
     or k.contypid in (select a.atttypid from pg_attribute a where a.attrelid = c.oid))), '[]') as checks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> all($1::text[])
  and n.nspname <> 'information_schema' and n.nspname || '.' || c.relname <> all($2::text[])
order by 1`;

/** The tables to seed, those that others refer to first. */
export async function seedTables(
  client: ClientBase,
  withoutSchemas: readonly string[],
  withoutRelations: readonly string[],
): Promise<readonly SeedTable[]> {
  const { rows } = await client.query<SeedTable>(readTables, [withoutSchemas, withoutRelations]);
  const ordered: SeedTable[] = [];
  const visit = (table: SeedTable, path: readonly string[]) => {
    if (ordered.includes(table) || path.includes(table.name)) return;
    for (const reference of table.references) {
      const target = rows.find(({ name }) => name === reference.table);
      if (target !== undefined) visit(target, [...path, table.name]);
    }
    ordered.push(table);
  };
  for (const table of rows) visit(table, []);
  return ordered;
}

import type { ClientBase } from 'pg';
import type { ExtensionRows } from './facts.ts';

/** As of large objects: enough to say that there are some. */
const most = 1000;

/** What pg_dump takes along of the tables that an extension marked, as it takes it; of a sequence its value. */
const readMarked = `
select e.extname::text as extension, format('%I.%I', n.nspname, c.relname) as name, c.relkind = 'S' as sequence, m.condition,
  has_schema_privilege(n.oid, 'usage') and case c.relkind when 'S' then has_sequence_privilege(c.oid, 'select')
    else has_table_privilege(c.oid, 'select') and not row_security_active(c.oid) end as seen
from pg_extension e cross join unnest(e.extconfig, e.extcondition) m(relation, condition)
join pg_class c on c.oid = m.relation join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'S') order by 1, 2`;
const readOnly = 'begin transaction read only';
const rowsOf = (name: string, condition: string) => `
select count(*)::int as rows, case when count(*) <= $1 then md5(coalesce(string_agg(sallyport_row::text, chr(10)
  order by sallyport_row::text collate "C"), '')) end as digest
from (select * from only ${name} ${condition}
  limit $1 + 1) sallyport_row`;
const positionOf = (name: string) => `
select is_called::int as rows, last_value::text as digest from ${name} limit $1`;

interface Marked extends Pick<ExtensionRows, 'extension' | 'name' | 'sequence'> {
  readonly condition: string;
  readonly seen: boolean;
}

/** Counts what an extension keeps for its users: such rows are neither replicated nor copied, and no gate compares them. */
export async function readExtensionRows(client: ClientBase): Promise<readonly ExtensionRows[]> {
  const { rows: marked } = await client.query<Marked>(readMarked);
  // A condition is text of the extension's, as pg_dump runs it: with a parameter it is one statement's, and it only reads.
  await client.query(readOnly);
  try {
    const found: ExtensionRows[] = [];
    for (const { condition, seen, ...each } of marked) {
      const read = each.sequence ? positionOf(each.name) : rowsOf(each.name, condition);
      const [row] = seen
        ? (await client.query<Pick<ExtensionRows, 'rows' | 'digest'>>(read, [most])).rows
        : [{ rows: null, digest: null }];
      if (row !== undefined) found.push({ ...each, ...row });
    }
    return found;
  } finally {
    await client.query('rollback');
  }
}

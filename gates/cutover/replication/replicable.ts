import type { ClientBase } from 'pg';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { TableShape } from '../../verify/table-shape.ts';

const readIdentities = `
select format('%I.%I', n.nspname, c.relname) as name, c.relpersistence = 'u' as unlogged, case c.relreplident
    when 'f' then true
    when 'd' then exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and i.indisvalid and i.indimmediate)
    when 'i' then exists (select from pg_index i where i.indrelid = c.oid and i.indisreplident and i.indisvalid)
    else false end as identified
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid = any ($1::oid[]) and c.relkind = 'r' order by 1`;

/**
 * What must not be published: a table without replica identity would refuse the application's updates from that moment
 * on. Asked right before the publication is made, whatever was seen before.
 */
export async function unreplicable(source: ClientBase, tables: readonly TableShape[]): Promise<readonly Finding[]> {
  const parts = tables.flatMap((table) => table.parts.map(({ oid }) => oid));
  const { rows } = await source.query<{ name: string; unlogged: boolean; identified: boolean }>(readIdentities, [
    parts,
  ]);
  return rows.flatMap(({ name, unlogged, identified }) => [
    ...(unlogged
      ? [blocker('REPLICATION_UNLOGGED', name, 'an unlogged table', 'tables whose changes are in the WAL')]
      : []),
    ...(identified
      ? []
      : [
          blocker(
            'REPLICATION_IDENTITY_MISSING',
            name,
            'no replica identity',
            'a primary key, or replica identity full',
          ),
        ]),
  ]);
}

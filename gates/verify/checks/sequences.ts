import type { ClientBase } from 'pg';
import pg from 'pg';
import { blocker, type Finding } from '../../kernel/verdict.ts';

interface OwnedSequence {
  readonly sequence: string;
  readonly table: string;
  readonly column: string;
  readonly increment: string;
  readonly cycles: boolean;
}

/** Sequences that a column of the application owns, and those that its default names; the ledger's are not for every reader. */
const readSequences = `
select distinct s.seqrelid::regclass::text as sequence, d.table, a.attname as column, s.seqincrement::text as increment, s.seqcycle as cycles
from pg_sequence s cross join lateral (
  select o.refobjid::regclass as table, o.refobjid as relid, o.refobjsubid as num from pg_depend o
  where o.classid = 'pg_class'::regclass and o.objid = s.seqrelid and o.refclassid = 'pg_class'::regclass and o.refobjsubid > 0
  union
  select f.adrelid::regclass, f.adrelid, f.adnum from pg_depend o join pg_attrdef f on f.oid = o.objid
  where o.classid = 'pg_attrdef'::regclass and o.refclassid = 'pg_class'::regclass and o.refobjid = s.seqrelid) d
join pg_attribute a on a.attrelid = d.relid and a.attnum = d.num
join pg_type t on t.oid = a.atttypid
join pg_class c on c.oid = d.relid join pg_namespace n on n.oid = c.relnamespace
where t.typcategory = 'N' and n.nspname <> 'sallyport' order by 1, 2, 3`;

/** A sequence that would give a value which its column has already. */
export interface SequenceBehind {
  readonly sequence: string;
  readonly next: string | undefined;
  /** The furthest value in the column; undefined where that is not known. */
  readonly edge: string | undefined;
  /** `table.column`. */
  readonly about: string;
}

/** Reads them. A sequence is outside of snapshots: it is read as it is now, which is never behind. */
export async function sequencesBehind(client: ClientBase): Promise<readonly SequenceBehind[]> {
  const { rows } = await client.query<OwnedSequence>(readSequences);
  const behind: SequenceBehind[] = [];
  for (const { sequence, table, column, increment, cycles } of rows) {
    if (cycles) continue; // gives values a second time by its definition
    const up = !increment.startsWith('-');
    const [edge, beyond] = up ? ['max', '>'] : ['min', '<'];
    const name = pg.escapeIdentifier(column);
    const read = await client.query<{ next: string; edge: string | null; ahead: boolean | null }>(
      `select n.next::text, e.edge::text, n.next ${beyond} e.edge as ahead
       from (select last_value + case when is_called then ${increment} else 0 end as next from ${sequence}) n,
         (select ${edge}(${name}) as edge from ${table}) e`,
    );
    const found = read.rows[0];
    if (found !== undefined && (found.edge === null || found.ahead)) continue;
    behind.push({ sequence, next: found?.next, edge: found?.edge ?? undefined, about: `${table}.${column}` });
  }
  return behind;
}

/**
 * Sequences whose next value is not beyond every value in their column: logical replication does not carry them, and the
 * first insert after a flip would fail.
 */
export async function sequences(client: ClientBase): Promise<readonly Finding[]> {
  return (await sequencesBehind(client)).map(({ sequence, next, edge, about }) =>
    blocker('SEQUENCE_BEHIND', sequence, `next value ${next}`, `beyond ${edge} in ${about}`),
  );
}

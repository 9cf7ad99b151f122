import pg, { type ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';

const readNames = `
select n.nspname::text as schema, c.relname::text as name
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'S' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport')
  and not exists (select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1, 2`;
const setValue = `select pg_catalog.setval($1::regclass, $2::bigint, $3::boolean)`;

interface Position {
  readonly sequence: string;
  readonly last: string;
  readonly called: boolean;
}

/**
 * Sets every sequence of one database as it is in the other, where writes are stopped: the next value there is the one that
 * would have come here. Idempotent. `made: 'since'` on the way back: what was made since the flip, the source can do without.
 * @throws GateError SEQUENCE_NOT_CARRIED, naming those that are missing or do not stand where they should.
 */
export async function carrySequences(
  from: ClientBase,
  to: ClientBase,
  { made }: { readonly made?: 'since' } = {},
): Promise<number> {
  const all = await positions(from);
  const there = new Set((await positions(to)).map(({ sequence }) => sequence));
  const missing = all.filter(({ sequence }) => !there.has(sequence));
  if (missing.length > 0 && made !== 'since') throw notCarried(missing, 'no such sequence');
  const wanted = all.filter(({ sequence }) => there.has(sequence));
  await to.query('begin read write');
  try {
    for (const each of wanted) await setOne(to, each);
    await to.query('commit');
  } catch (error) {
    await to.query('rollback');
    throw error;
  }
  const now = new Map((await positions(to)).map((each) => [each.sequence, each]));
  const off = wanted.filter(({ sequence, last, called }) => {
    const found = now.get(sequence);
    return found?.last !== last || found.called !== called;
  });
  if (off.length > 0) throw notCarried(off, 'another position');
  return wanted.length;
}

async function setOne(to: ClientBase, { sequence, last, called }: Position): Promise<void> {
  try {
    await to.query(setValue, [sequence, last, called]);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw gateError('SEQUENCE_NOT_CARRIED', sequence, error.message, `one that takes the value ${last}`, error);
  }
}

async function positions(client: ClientBase): Promise<readonly Position[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(readNames);
  if (rows.length === 0) return [];
  const each = rows.map(({ schema, name }) => {
    const sequence = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
    return `select ${pg.escapeLiteral(sequence)} as sequence, last_value::text as last, is_called as called from ${sequence}`;
  });
  return (await client.query<Position>(each.join(' union all '))).rows;
}

function notCarried(off: readonly Position[], found: string) {
  const names = off
    .map(({ sequence }) => sequence)
    .slice(0, 10)
    .join(', ');
  return gateError('SEQUENCE_NOT_CARRIED', names, found, 'the sequences of the other side, where they stand there');
}

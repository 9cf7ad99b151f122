import pg, { type ClientBase } from 'pg';
import { makeLedger } from '../../kernel/ledger/schema.ts';

/**
 * Tables of the ledger, in no special order: none refers to another. A lease is of a process and stays where it is; so do the
 * steps of cutovers, which are of the source: on the target the next cutover of that name would take them for its own.
 */
const tables = [
  'attempt',
  'accepted',
  'proof',
  'broken_surface',
  'migration_hash',
  'catalog',
  'hold',
  'approval',
] as const;

/** Rows that are carried in one statement. */
const batch = 200;

const setOwner = (role: string) => `alter schema sallyport owner to ${pg.escapeIdentifier(role)}`;
const letIn = (role: string) => `grant usage, create on schema sallyport to ${pg.escapeIdentifier(role)}`;
const readOwner = `
select pg_catalog.pg_get_userbyid(nspowner)::text as owner from pg_catalog.pg_namespace where nspname = 'sallyport'`;
const readRole = `select session_user::text as role`;
const identityOf = `
select a.attname::text as column, pg_catalog.pg_get_serial_sequence($1, a.attname) as sequence
from pg_catalog.pg_attribute a where a.attrelid = $1::regclass and a.attidentity <> ''`;

/**
 * Makes the target's ledger what the source's is, in one transaction: what was accepted, proven and held goes with the
 * application. `from` and `to` are sessions of role `gates`, `operator` is the target's. Idempotent: the last one counts.
 */
export async function carryLedger(
  from: ClientBase,
  to: ClientBase,
  operator: ClientBase,
): Promise<Readonly<Record<string, number>>> {
  const role = (await to.query<{ role: string }>(readRole)).rows[0]?.role ?? '';
  const owner = (await operator.query<{ owner: string }>(readOwner)).rows[0]?.owner;
  if (owner !== undefined && owner !== role) await operator.query(setOwner(role));
  // The mark of the candidate is the operator's, and is in the same schema.
  const made = (await operator.query<{ role: string }>(readRole)).rows[0]?.role ?? '';
  if (owner !== undefined) await to.query(letIn(made));
  await makeLedger(to);
  const carried: Record<string, number> = {};
  await from.query('begin transaction isolation level repeatable read read only');
  try {
    await to.query('begin read write');
    for (const table of tables) carried[table] = await carryTable(from, to, `sallyport.${table}`);
    await to.query('commit');
  } catch (error) {
    await to.query('rollback');
    throw error;
  } finally {
    await from.query('rollback');
  }
  return carried;
}

/** Rows travel as JSON text, which no client looks into: numbers and times come out as they went in. */
async function carryTable(from: ClientBase, to: ClientBase, table: string): Promise<number> {
  await to.query(`delete from ${table}`);
  await from.query(`declare carried no scroll cursor for select to_jsonb(t)::text as row from ${table} t`);
  let count = 0;
  for (;;) {
    const { rows } = await from.query<{ row: string }>(`fetch ${batch} from carried`);
    if (rows.length > 0) {
      const insert = `insert into ${table} overriding system value select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`;
      await to.query(insert, [`[${rows.map(({ row }) => row).join(',')}]`]);
    }
    count += rows.length;
    if (rows.length < batch) break;
  }
  await from.query('close carried');
  const { rows: identities } = await from.query<{ column: string; sequence: string }>(identityOf, [table]);
  for (const { sequence } of identities) {
    const { rows } = await from.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from ${sequence}`,
    );
    const [at] = rows;
    if (at !== undefined) await to.query(`select setval($1::regclass, $2::bigint, $3)`, [sequence, at.last, at.called]);
  }
  return count;
}

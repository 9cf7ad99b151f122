import pg, { type ClientBase } from 'pg';
import { gateError } from '../../kernel/gate-error.ts';
import type { WriteRight } from './freeze-journal.ts';

/** What a probe was refused with, by role: `25006` for a read-only transaction, `42501` for a missing right. */
export interface Probe {
  readonly role: string;
  /** `login`: in a new session, as the application opens one. `set role`: as the operator's session. */
  readonly by: 'login' | 'set role';
  readonly refused: readonly string[];
}

/** SQLSTATEs with which a frozen database answers a write. */
const refusals = ['25006', '42501'];

const writeNothing: Readonly<Record<string, (table: string) => string>> = {
  DELETE: (table) => `delete from ${table} where false`,
  UPDATE: (table) => `delete from ${table} where false`,
  INSERT: (table) => `insert into ${table} select where false`,
  TRUNCATE: (table) => `insert into ${table} select where false`,
};

/**
 * Tries to write as a role that was stopped: once as its session is by default, once in a transaction that asks to write. The
 * statement would change no row if it were let through; what refuses it comes before it looks for rows.
 * @throws GateError PROBE_WROTE where it is not refused, FREEZE_INCOMPLETE where nobody can try as that role.
 */
export async function probeFreeze(
  operator: ClientBase,
  role: string,
  taken: readonly WriteRight[],
  login: ClientBase | undefined,
): Promise<Probe> {
  const tables = taken.filter((each) => each.kind === 'table' && each.column === null);
  const rightOf = (holder: string | null) => tables.find(({ grantee }) => grantee === holder);
  // Without a right of its own it may have written by that of a role that it is a member of.
  const right = rightOf(role) ?? rightOf(null) ?? tables[0];
  const table = right && `${pg.escapeIdentifier(right.schema)}.${pg.escapeIdentifier(right.name)}`;
  const statement = table === undefined ? undefined : writeNothing[right?.privilege ?? '']?.(table);
  if (login !== undefined) {
    const plain = await refusalOf(login, role, 'begin', statement ?? 'create table sallyport_probe ()');
    // A role that never had a right to take cannot have kept one.
    const asking = statement === undefined ? [] : [await refusalOf(login, role, 'begin read write', statement)];
    if (plain !== '25006') {
      throw gateError('PROBE_WROTE', role, `a new session refused by ${plain}`, 'one that is read-only (25006)');
    }
    return { role, by: 'login', refused: [plain, ...asking] };
  }
  if (statement === undefined) return { role, by: 'set role', refused: [] };
  return { role, by: 'set role', refused: [await refusalOf(operator, role, 'begin read write', statement, true)] };
}

async function refusalOf(
  client: ClientBase,
  role: string,
  begin: string,
  statement: string,
  become = false,
): Promise<string> {
  await client.query(begin);
  try {
    if (become) await client.query(`set local role ${pg.escapeIdentifier(role)}`).catch(cannotBecome(role));
    const code = await client.query(statement).then(
      () => undefined,
      (error: { code?: string }) => error.code ?? 'no answer',
    );
    if (code !== undefined && refusals.includes(code)) return code;
    const found = code === undefined ? 'a write that was let through' : `a write that ended with ${code}`;
    throw gateError('PROBE_WROTE', role, found, `one that is refused (${refusals.join(' or ')})`);
  } finally {
    await client.query('rollback');
  }
}

function cannotBecome(role: string) {
  return (error: unknown): never => {
    const needed = 'an operator that is a member of it, or its password on the platform';
    throw gateError('FREEZE_INCOMPLETE', role, 'nobody who can try a write as it', needed, error);
  };
}

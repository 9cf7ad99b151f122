import { type ClientBase, DatabaseError, escapeIdentifier as id } from 'pg';
import { gateError } from '../../gates/kernel/gate-error.ts';
import type { RoleNames } from '../role-rights.ts';
import { ddlRights } from './role-facts.ts';
import { asMemberOf, sessionUser } from './role-member.ts';

const noRight = '42501';
const makeTable = 'create table public.sallyport_probe (id int generated always as identity)';
const uses = [
  'insert into public.sallyport_probe default values',
  'update public.sallyport_probe set id = default',
  'select id from public.sallyport_probe',
  'delete from public.sallyport_probe',
];
const changes = [
  'create table public.sallyport_probe_of_app ()',
  'alter table public.sallyport_probe add column more int',
  'drop table public.sallyport_probe',
  'create schema sallyport_probe',
];

/**
 * Proves in the transaction under way that the app may use a table of the migrator and may not change the schema: by
 * what the catalog says, and by trying. Nothing of the trial is left.
 * @throws GateError APP_MAY_DO_DDL.
 */
export async function proveApp(client: ClientBase, users: RoleNames): Promise<void> {
  const rights = await ddlRights(client, users.app);
  if (rights.length > 0) throw refused(users.app, rights.join('; '), 'no right to change the schema');
  const user = await sessionUser(client);
  await client.query('savepoint proof');
  await asMemberOf(client, user, users, async () => {
    await client.query(`set local role ${id(users.migrator)}`);
    await client.query(makeTable);
    await client.query(`set local role ${id(users.app)}`);
    for (const statement of uses) {
      const code = await outcomeOf(client, statement);
      if (code !== undefined) throw refused(users.app, `${statement}: SQLSTATE ${code}`, 'the use of a new table');
    }
    for (const statement of changes) {
      const code = await outcomeOf(client, statement);
      if (code !== noRight) throw refused(users.app, `${statement}: ${code ?? 'done'}`, `SQLSTATE ${noRight}`);
    }
    await client.query('reset role');
  });
  await client.query('rollback to savepoint proof');
}

/** SQLSTATE of a statement that is undone; undefined when it went through. */
async function outcomeOf(client: ClientBase, statement: string): Promise<string | undefined> {
  await client.query('savepoint trial');
  try {
    await client.query(statement);
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseError && error.code !== undefined) return error.code;
    throw error;
  } finally {
    await client.query('rollback to savepoint trial').catch(() => undefined); // the session is gone, as the query has said
  }
}

function refused(app: string, found: string, needed: string) {
  return gateError('APP_MAY_DO_DDL', `role "${app}"`, found, needed);
}

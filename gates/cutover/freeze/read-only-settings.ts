import pg, { type ClientBase } from 'pg';
import type { SettingBefore } from './freeze-journal.ts';

const setting = 'default_transaction_read_only';

const readSettings = `
select case when s.setrole = 0 then null else pg_catalog.pg_get_userbyid(s.setrole)::text end as role,
  s.setdatabase = 0 as everywhere, substring(c from '^${setting}=(.*)$') as value
from pg_catalog.pg_db_role_setting s cross join lateral unnest(s.setconfig) c
where s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
  and c ~ '^${setting}='`;
const readRoles = `select rolname::text as role from pg_catalog.pg_roles`;
const readDatabase = `select current_database()::text as name, session_user::text as operator`;

interface Setting {
  readonly role: string | null;
  readonly everywhere: boolean;
  readonly value: string;
}

/**
 * What makes every new session of the application read-only: the database's setting, that of each writing role in it, and
 * that of each role whose own setting would outweigh the database's. The operator and the ledger's role are let be.
 */
export async function settingsToFreeze(
  client: ClientBase,
  roles: readonly string[],
  ledgerRole: string,
): Promise<readonly SettingBefore[]> {
  const { rows: found } = await client.query<Setting>(readSettings);
  const { operator } = await here(client);
  const own = found.flatMap(({ role, everywhere, value }) =>
    role !== null && everywhere && value !== 'on' && role !== operator && role !== ledgerRole ? [role] : [],
  );
  const before = (role: string | null) => found.find((each) => !each.everywhere && each.role === role)?.value ?? null;
  return [...new Set([...roles, ...own])].map((role) => ({ role, before: before(role) }));
}

/** The database's own setting, which holds for every role without one. */
export async function databaseSetting(client: ClientBase): Promise<SettingBefore> {
  const { rows } = await client.query<Setting>(readSettings);
  return { role: null, before: rows.find(({ role, everywhere }) => role === null && !everywhere)?.value ?? null };
}

/** Of one role in this database. */
export async function roleSetting(client: ClientBase, role: string): Promise<SettingBefore> {
  const { rows } = await client.query<Setting>(readSettings);
  return { role, before: rows.find((each) => each.role === role && !each.everywhere)?.value ?? null };
}

/** Sets it, or takes it away where the value is null. */
export async function putSetting(client: ClientBase, role: string | null, value: string | null): Promise<void> {
  const { name } = await here(client);
  const database = pg.escapeIdentifier(name);
  const whose =
    role === null ? `alter database ${database}` : `alter role ${pg.escapeIdentifier(role)} in database ${database}`;
  await client.query(
    value === null ? `${whose} reset ${setting}` : `${whose} set ${setting} = ${pg.escapeLiteral(value)}`,
  );
}

/** Those that can be put back: a role that somebody dropped since took its settings along. */
export async function settingsStanding(
  client: ClientBase,
  settings: readonly SettingBefore[],
): Promise<readonly SettingBefore[]> {
  const roles = new Set((await client.query<{ role: string }>(readRoles)).rows.map(({ role }) => role));
  return settings.filter(({ role }) => role === null || roles.has(role));
}

/** Settings that are not what they were before the freeze. */
export async function settingsNotBack(
  client: ClientBase,
  settings: readonly SettingBefore[],
): Promise<readonly string[]> {
  const { rows } = await client.query<Setting>(readSettings);
  return settings.flatMap(({ role, before }) => {
    const now = rows.find((each) => !each.everywhere && each.role === role)?.value ?? null;
    return now === before ? [] : [`${setting} of ${role ?? 'the database'} is ${now ?? 'not set'}`];
  });
}

/** What was there before the first of several runs. */
export function firstOfEach(settings: readonly SettingBefore[]): readonly SettingBefore[] {
  return settings.filter((each, index) => settings.findIndex(({ role }) => role === each.role) === index);
}

async function here(client: ClientBase): Promise<{ name: string; operator: string }> {
  const { rows } = await client.query<{ name: string; operator: string }>(readDatabase);
  const [found] = rows;
  if (found === undefined) throw new Error('the server gave no row of a query without a condition');
  return found;
}

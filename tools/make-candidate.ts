import pg from 'pg';
import { ensureEnvironment, readEnvironment } from '../infra/local/environment.ts';
import { ensureSecret, putSecret, readSecret } from '../infra/local/secrets.ts';
import type { DatabaseAddress } from '../infra/platform.ts';
import { SetupError } from './setup-error.ts';

const reviewer = 'reviewer';
const readSettings = `
select r.rolname as role, d.setdatabase <> 0 as here, split_part(s.setting, '=', 1) as name, substr(s.setting, strpos(s.setting, '=') + 1) as value
from pg_db_role_setting d join pg_roles r on r.oid = d.setrole cross join unnest(d.setconfig) as s (setting)
where d.setdatabase in (0, (select oid from pg_database where datname = current_database())) and r.rolname in ('gates', 'migrator', 'app')`;
const createReviewer = `
do $$ begin
  if not exists (select from pg_roles where rolname = 'reviewer') then create role reviewer login; end if;
end $$`;

/** A pair of databases on this machine; URLs hold passwords. */
export interface LocalPair {
  /** `host:port/database` of each. */
  readonly serving: string;
  readonly candidate: string;
  /** URLs of both operators, and of who approves on the source. */
  readonly urls: Readonly<Record<'source' | 'target' | 'reviewer', string>>;
}

/**
 * Starts an empty PostgreSQL in the environment `target`, beside that of the application in `source`, with the same roles and
 * their settings, and a role that reviews. Running it again changes nothing.
 * @throws SetupError ENVIRONMENT_NOT_RUNNING, ALREADY_MOVED.
 */
export async function makeCandidate(
  source: string,
  target: string,
  options: { readonly postgresMajor?: number } = {},
): Promise<LocalPair> {
  const serving = await readEnvironment(source);
  if (serving === undefined) {
    throw new SetupError('ENVIRONMENT_NOT_RUNNING', `found no environment running in ${source}; start it: npm start`);
  }
  // The roles keep their passwords: the application is given another host and port, and nothing else.
  for (const role of ['gates', 'migrator', 'app']) {
    const name = `database-password-${role}`;
    await putSecret(target, name, await readSecret(source, name));
  }
  const candidate = await ensureEnvironment(target, options);
  if (addressOf(candidate.database) === addressOf(serving.database)) {
    const needed = 'it on its own database: npm run way-back';
    throw new SetupError(
      'ALREADY_MOVED',
      `found the application on ${addressOf(candidate.database)}; needed ${needed}`,
    );
  }
  const review = await ensureSecret(source, `database-password-${reviewer}`);
  const owner = await readSecret(source, 'database-password-postgres');
  const targetOwner = await readSecret(target, 'database-password-postgres');
  const operators = {
    source: urlOf('postgres', owner, serving.database),
    target: urlOf('postgres', targetOwner, candidate.database),
  };
  for (const url of Object.values(operators)) await makeReviewer(url, review);
  await carrySettings(operators);
  return {
    serving: addressOf(serving.database),
    candidate: addressOf(candidate.database),
    urls: { ...operators, reviewer: urlOf(reviewer, review, serving.database) },
  };
}

/** Who approves is what the server of the source says of a session; the target knows the same roles. */
async function makeReviewer(url: string, password: string): Promise<void> {
  const client = sessionTo(url);
  await client.connect();
  try {
    // A statement with a password in it does not go into the log when it fails.
    await client.query(`set log_min_error_statement = 'panic'`);
    await client.query(createReviewer);
    await client.query(`alter role ${reviewer} password ${client.escapeLiteral(password)}`);
    await client.query(`grant connect on database ${pg.escapeIdentifier(client.database ?? '')} to ${reviewer}`);
  } finally {
    await client.end();
  }
}

/** The roles have the settings that they have on the source: a migration's timeouts, for one. */
async function carrySettings({ source, target }: Record<'source' | 'target', string>): Promise<void> {
  const [from, to] = [sessionTo(source), sessionTo(target)];
  try {
    await Promise.all([from.connect(), to.connect()]);
    const { rows } = await from.query<Record<'role' | 'name' | 'value', string> & { here: boolean }>(readSettings);
    const database = pg.escapeIdentifier(to.database ?? '');
    for (const { role, name, value, here } of rows) {
      const setting = `${pg.escapeIdentifier(name)} = ${pg.escapeLiteral(value)}`;
      await to.query(`alter role ${pg.escapeIdentifier(role)} ${here ? `in database ${database} ` : ''}set ${setting}`);
    }
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
}

/** A candidate that the application went back from is still set read-only. */
function sessionTo(connectionString: string): pg.Client {
  const options = '-c default_transaction_read_only=off';
  return new pg.Client({ connectionString, options, connectionTimeoutMillis: 10_000 });
}

function urlOf(role: string, password: string, at: DatabaseAddress): string {
  return `postgres://${role}:${encodeURIComponent(password)}@${addressOf(at)}`;
}

function addressOf({ host, port, database }: DatabaseAddress): string {
  return `${host}:${port}/${database}`;
}

import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { ensureEnvironment, readEnvironment } from '../infra/local/environment.ts';
import { ensureSecret, putSecret, readSecret } from '../infra/local/secrets.ts';
import type { DatabaseAddress } from '../infra/platform.ts';
import { cutoverEnvFile } from './cutover-env.ts';
import { candidateEnvironment, localEnvironment, projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';

const usage = 'npm run candidate [-- --postgres <major>]';
const source = relative(projectRoot, localEnvironment);
const target = relative(projectRoot, candidateEnvironment);
const reviewer = 'reviewer';
const readSettings = `
select r.rolname as role, d.setdatabase <> 0 as here, split_part(s.setting, '=', 1) as name, substr(s.setting, strpos(s.setting, '=') + 1) as value
from pg_db_role_setting d join pg_roles r on r.oid = d.setrole cross join unnest(d.setconfig) as s (setting)
where d.setdatabase in (0, (select oid from pg_database where datname = current_database())) and r.rolname in ('gates', 'migrator', 'app')`;
const createReviewer = `
do $$ begin
  if not exists (select from pg_roles where rolname = 'reviewer') then create role reviewer login; end if;
end $$`;

// `npm run candidate`: an empty PostgreSQL beside that of the sample application, a role that reviews, and cutover.env with all
// addresses. Running it again changes nothing but the ports that moved.
await runTool(async () => {
  const options = asked();
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
  const variables = {
    CUTOVER_SOURCE_DIRECT_URL: operators.source,
    CUTOVER_TARGET_DIRECT_URL: operators.target,
    CUTOVER_REVIEWER_URL: urlOf(reviewer, review, serving.database),
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(cutoverEnvFile, lines.join(''), { mode: 0o600 });
  console.log(
    `candidate: ${addressOf(candidate.database)}, empty; the application is on ${addressOf(serving.database)}`,
  );
  console.log(`candidate: cutover.env has both, and role ${reviewer}, who approves`);
  console.log('next: npm run cutover');
  return 0;
});

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

function asked(): { postgresMajor?: number } {
  try {
    const { postgres } = parseArgs({ options: { postgres: { type: 'string' } } }).values;
    if (postgres === undefined) return {};
    const postgresMajor = Number(postgres);
    if (Number.isInteger(postgresMajor) && postgresMajor >= 13 && postgresMajor <= 18) return { postgresMajor };
  } catch (error) {
    throw new SetupError('ARGUMENTS', `${error instanceof Error ? error.message : error}; use: ${usage}`);
  }
  throw new SetupError('ARGUMENTS', `--postgres takes 13 to 18; use: ${usage}`);
}

import pg from 'pg';
import { isLoopbackHost } from '../../infra/container-apps/loopback.ts';
import type { DatabaseAddress, DatabaseRole, Platform } from '../../infra/platform.ts';
import { gateError, messageOf } from './gate-error.ts';
import { keepSecret } from './redact.ts';
import { roleName } from './role-name.ts';

/** Bounds of every session that a gate opens, in milliseconds: a gate never waits long behind somebody's lock. */
const connectMs = 5_000;
const sessionOptions = [
  'statement_timeout=30000',
  'lock_timeout=5000',
  'idle_in_transaction_session_timeout=60000',
  // A cutover sets a database read-only for everybody else; its ledger goes on.
  'default_transaction_read_only=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/**
 * Opens a session as one of the release's roles.
 * With `tls` the server's certificate is verified, as the client does by default.
 * @throws GateError DATABASE_UNREACHABLE, with what the server or the network said.
 */
export async function connect(
  platform: Platform,
  address: DatabaseAddress,
  role: DatabaseRole,
  applicationName: string,
): Promise<pg.Client> {
  const { host, port, database, tls } = address;
  if (!tls && platform.address.kind === 'azure' && !isLoopbackHost(host)) {
    throw gateError('INPUTS_INVALID', `${host}:${port}/${database}`, 'tls false', 'tls true: the password is a token');
  }
  const password = await platform.databasePassword(role);
  keepSecret(password);
  const client = new pg.Client({
    host,
    port,
    database,
    user: roleName(address, role),
    password,
    ssl: tls,
    connectionTimeoutMillis: connectMs,
    options: sessionOptions,
    application_name: applicationName.slice(0, 63),
  });
  // A connection that is lost between two queries is reported by the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const needed = `a session as role ${role}`;
    throw gateError('DATABASE_UNREACHABLE', `${host}:${port}/${database}`, messageOf(error), needed, error);
  }
  return client;
}

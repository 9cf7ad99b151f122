import pg from 'pg';
import type { DatabaseTarget } from '../kernel/database-url.ts';
import { gateError, messageOf } from '../kernel/gate-error.ts';
import type { OpenSession } from './snapshot.ts';

const connectMs = 10_000;

/** Opens sessions to one side, all under a name by which they are found in pg_stat_activity. */
export function sessionsTo(target: DatabaseTarget, applicationName: string): OpenSession {
  return async () => {
    const client = clientOf(target, applicationName);
    try {
      await client.connect();
    } catch (error) {
      const needed = `a session as role ${target.user}`;
      throw gateError('DATABASE_UNREACHABLE', addressOf(target), messageOf(error), needed, error);
    }
    return client;
  };
}

/** A session that is not opened yet; `more` outweighs what it has otherwise. */
export function clientOf(
  { host, port, database, user, password, tls }: DatabaseTarget,
  applicationName: string,
  more: pg.ClientConfig = {},
): pg.Client {
  const client = new pg.Client({
    ...{ host, port, database, user, password, ssl: tls },
    keepAlive: true,
    connectionTimeoutMillis: connectMs,
    application_name: applicationName.slice(0, 63),
    ...more,
  });
  // A session that is lost is reported by its next query; without a listener it would end the process.
  client.on('error', () => undefined);
  return client;
}

/** A database's address as it is shown: without role and password. */
export function addressOf({ host, port, database }: DatabaseTarget): string {
  return `${host}:${port}/${database}`;
}

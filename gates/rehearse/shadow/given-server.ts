import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { stopShadowServices } from '../../../infra/local/shadow-server.ts';
import { sha256 } from '../../kernel/digest.ts';
import { gateError, messageOf } from '../../kernel/gate-error.ts';
import { keepSecret } from '../../kernel/redact.ts';
import type { Shadow } from './shadow.ts';

const majorOf = `select current_setting('server_version_num')::int / 10000 as major`;
const leftovers = `select datname from pg_database where datname like $1 || '%'`;

/**
 * Makes a database on a server that the configuration names, and drops it at the end. Its name is made of the
 * environment's, so that the next rehearsal finds what a killed one left. One user is owner, migrator and app there.
 * @throws GateError SHADOW_UNAVAILABLE, or SHADOW_VERSION where the server is of another major version.
 */
export async function givenServer(
  serverUrl: string,
  environment: string,
  directory: string,
  major: number,
): Promise<Shadow> {
  const prefix = `sallyport_shadow_${sha256(environment).slice(0, 12)}`;
  const url = new URL(serverUrl);
  keepSecret(decodeURIComponent(url.password));
  const folder = join(directory, prefix);
  const onServer = async (work: (client: pg.Client) => Promise<void>) => {
    const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined); // told by the query that follows
    try {
      await client.connect();
      await work(client);
    } catch (error) {
      if ((error as Error).name === 'GateError') throw error;
      const needed = 'a server that answers, and a user that may create databases';
      throw gateError('SHADOW_UNAVAILABLE', url.host, messageOf(error), needed, error);
    } finally {
      await client.end();
    }
  };
  const drop = async (client: pg.Client) => {
    const { rows } = await client.query<{ datname: string }>(leftovers, [prefix]);
    for (const { datname } of rows) {
      await client.query(`drop database if exists ${client.escapeIdentifier(datname)} with (force)`);
    }
  };
  await stopShadowServices(folder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await onServer(async (client) => {
    const found = (await client.query<{ major: number }>(majorOf)).rows[0]?.major;
    if (found !== major)
      throw gateError('SHADOW_VERSION', url.host, `PostgreSQL ${found}`, `PostgreSQL ${major}, as production`);
    await drop(client);
    await client.query(`create database ${prefix} template template0`);
  });
  const shadow = new URL(url);
  shadow.pathname = `/${prefix}`;
  return {
    owner: shadow.href,
    migrator: shadow.href,
    app: shadow.href,
    directory: folder,
    remove: async () => {
      await stopShadowServices(folder);
      await onServer(drop);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'mocha';
import pg from 'pg';
import { ownServer } from '../../../gates/rehearse/shadow/own-server.ts';
import { openSnapshot, type Snapshot } from '../../../gates/verify/snapshot.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A database of a test's own on one of the servers. */
export interface VerifyDatabase {
  readonly url: string;
  run(sql: string): Promise<pg.QueryResult>;
  /** A snapshot with that many sessions. */
  snapshot(workers?: number): Promise<Snapshot>;
  /** A snapshot after a change that is gone when it is closed. */
  changed(sql: string): Promise<Snapshot>;
}

interface Server {
  readonly owner: string;
  close(): Promise<void>;
}

const servers = new Map<number, Promise<Server>>();
let databases = 0;

after('stop the servers of the verification', async () => {
  for (const server of servers.values()) await (await server).close();
});

/** The two major versions that are compared: an older one, installed from npm on demand, and the project's own. */
export const majors = { source: 17, target: 18 } as const;

/** Makes an empty database on the server of this major version, with settings that content must not depend on; `like` says how it is made. */
export async function verifyDatabase(
  major: number,
  settings: Readonly<Record<string, string>> = {},
  like = '',
): Promise<VerifyDatabase> {
  if (!servers.has(major)) servers.set(major, start(major));
  const { owner } = (await servers.get(major)) as Server;
  const name = `verify_${++databases}`;
  await once(owner, `create database ${name} ${like}`);
  for (const [key, value] of Object.entries(settings))
    await once(owner, `alter database ${name} set ${key} = '${value}'`);
  const url = owner.replace(/\/[^/]*$/, `/${name}`);
  const open = async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  };
  // Verification sessions only read: the change is made by the session before its transaction is theirs.
  const changed = async (sql: string) => openSnapshot(async () => writable(await open(), sql), 1, 60);
  return { changed, url, run: (sql) => once(url, sql), snapshot: (workers = 1) => openSnapshot(open, workers, 60) };
}

/** A session whose first transaction may write, and begins with a change. */
function writable(client: pg.Client, sql: string): pg.Client {
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const changing = async (...[text, ...rest]: unknown[]) => {
    if (!String(text).startsWith('begin')) return query(text, ...rest);
    await query('begin isolation level repeatable read');
    return query(sql);
  };
  return Object.assign(client, { query: changing });
}

async function once(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

async function start(major: number): Promise<Server> {
  const folder = await temporaryFolder();
  const directory = join(folder.path, 'environment');
  await mkdir(directory);
  const server = await ownServer(directory, major);
  const close = async () => {
    await server.remove();
    await folder.remove();
  };
  return { owner: server.owner, close };
}

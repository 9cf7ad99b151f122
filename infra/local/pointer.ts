import { readdir, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { DatabaseAddress, Pointer } from '../platform.ts';
import { EnvironmentError } from './environment-error.ts';
import { directoryName, type EnvironmentPaths, environmentPaths } from './environment-paths.ts';
import { readRecord } from './environment-record.ts';
import { putSecret, readSecret } from './secrets.ts';
import { readIfThere, writeAtomic } from './write-atomic.ts';

const pointerSchema = z.strictObject({
  version: z.literal(1),
  database: z.object({ host: z.string(), port: z.number().int(), database: z.string(), tls: z.boolean() }),
  /** The environment whose server that is, from the one that points; absent where the server is none of this machine's. */
  environment: z.string().optional(),
});

/** Where an environment's application was pointed to, when that is not the environment's own database; folders absolute. */
export type LocalPointer = z.infer<typeof pointerSchema>;

/** The roles whose passwords are the same wherever the pointer leads: services and gates keep theirs. */
const roles = ['gates', 'migrator', 'app'] as const;

/** The pointer of an environment; undefined while its application has its own database. */
export async function readPointer(directory: string): Promise<LocalPointer | undefined> {
  const paths = environmentPaths(directory);
  const file = paths.pointer;
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    const { environment, ...pointer } = pointerSchema.parse(JSON.parse(text));
    return { ...pointer, ...(environment !== undefined && { environment: resolve(paths.directory, environment) }) };
  } catch (error) {
    throw new EnvironmentError(
      'POINTER_RECORD',
      `${file} is not what this version writes; write the address of the database that serves into it, or remove it to go back to the environment's own`,
      { cause: error },
    );
  }
}

/** Where the pointer leads now: another environment's server may have another port than when it was pointed to. */
export async function pointedDatabase(directory: string): Promise<DatabaseAddress | undefined> {
  const pointer = await readPointer(directory);
  if (pointer?.environment === undefined) return pointer?.database;
  const record = await readRecord(environmentPaths(pointer.environment).environment);
  const port = record?.database.port || pointer.database.port;
  return { ...pointer.database, port };
}

/** The environment, other than this one, that the application's database is in. */
export async function pointedEnvironment(directory: string): Promise<string | undefined> {
  const environment = (await readPointer(directory))?.environment;
  return environment === undefined || same(environment, directory) ? undefined : environment;
}

/**
 * The environment whose server has the application's database, and the database's name: what is copied or set up like
 * production has to be like that one.
 * @throws EnvironmentError POINTER_FOREIGN where that server is none of this machine's environments.
 */
export async function serverOfDatabase(
  directory: string,
): Promise<{ readonly directory: string; readonly database: string | undefined }> {
  const pointer = await readPointer(directory);
  if (pointer === undefined) return { directory, database: undefined };
  const { database, environment } = pointer;
  if (environment !== undefined) return { directory: environment, database: database.database };
  throw new EnvironmentError(
    'POINTER_FOREIGN',
    `the application's database is at ${database.host}:${database.port}, which is no server of an environment on this machine; ` +
      "copies of the environment's own server would be copies of the wrong one: use a restore point of kind dump",
  );
}

/** The addresses of the database as services and jobs are given them. */
export async function putDatabaseUrls(directory: string, { host, port, database, tls }: DatabaseAddress) {
  for (const role of ['app', 'migrator']) {
    const password = encodeURIComponent(await readSecret(directory, `database-password-${role}`));
    const url = `postgres://${role}:${password}@${host}:${port}/${encodeURIComponent(database)}${tls ? '?sslmode=require' : ''}`;
    await putSecret(directory, `database-url-${role}`, url);
  }
}

/** The pointer as the platform offers it. Pointing is idempotent, and a pointing that was killed is finished by the next. */
export function localPointer(directory: string): Pointer {
  const paths = environmentPaths(directory);
  const own = async () => {
    const record = await readRecord(paths.environment);
    if (record !== undefined) return record.database;
    throw new EnvironmentError('ENVIRONMENT_EMPTY', `there is no environment in ${directory}; start it: npm start`);
  };
  return {
    read: async () => (await pointedDatabase(directory)) ?? (await own()),
    point: async (to) => {
      const { host, port, database, tls } = to;
      const address = { host, port, database, tls };
      const home = await own();
      if (home.host === host && home.port === port && home.database === database)
        await rm(paths.pointer, { force: true });
      else {
        const environment = await environmentAt(paths, address);
        if (environment !== undefined) await demandPasswords(paths, environment);
        const pointer: LocalPointer = {
          version: 1,
          database: address,
          ...(environment !== undefined && { environment: relative(paths.directory, environment) }),
        };
        await writeAtomic(paths.pointer, `${JSON.stringify(pointer, null, 2)}\n`);
      }
      await putDatabaseUrls(directory, address);
    },
  };
}

/** The environment whose server is at an address: this one, or one in a folder beside it. */
async function environmentAt(paths: EnvironmentPaths, { host, port }: DatabaseAddress): Promise<string | undefined> {
  if (host !== '127.0.0.1' && host !== 'localhost') return undefined;
  const beside = dirname(paths.directory);
  for (const name of await readdir(beside)) {
    const candidate = environmentPaths(join(beside, name));
    const record = await readRecord(candidate.environment);
    if (record?.database.port === port) return candidate.directory;
  }
  return undefined;
}

async function demandPasswords(paths: EnvironmentPaths, environment: string): Promise<void> {
  for (const role of roles) {
    const name = `database-password-${role}`;
    const there = await readSecret(environment, name).catch(() => undefined); // none is another one
    if (there === (await readSecret(paths.directory, name))) continue;
    throw new EnvironmentError(
      'POINTER_PASSWORDS',
      `role ${role} has another password in ${environment} than in ${directoryName(paths)}; ` +
        'the application keeps its own: make the secrets of both environments the same before the database is pointed to',
    );
  }
}

function same(one: string, other: string): boolean {
  return environmentPaths(one).directory === environmentPaths(other).directory;
}

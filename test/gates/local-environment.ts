import { after } from 'mocha';
import { Client } from 'pg';
import { connect } from '../../gates/kernel/database.ts';
import { openPlatform } from '../../gates/kernel/open-platform.ts';
import { releasePromotionLocks } from '../../gates/kernel/promotion-lock.ts';
import { destroyEnvironment, ensureEnvironment, type LocalEnvironment } from '../../infra/local/environment.ts';
import { readSecret } from '../../infra/local/secrets.ts';
import type { DatabaseAddress, DatabaseRole, PlatformAddress } from '../../infra/platform.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A database of a test file's own on a local environment: a real PostgreSQL and a real platform. */
export interface TestDatabase {
  readonly platform: PlatformAddress;
  readonly database: DatabaseAddress;
  /** Opens a session; the caller ends it. */
  session(role?: DatabaseRole): Promise<Client>;
}

let shared: Promise<{ environment: LocalEnvironment; directory: string; close(): Promise<void> }> | undefined;
let databases = 0;

after('stop the environment of the gate tests', async () => {
  await releasePromotionLocks();
  await (await shared)?.close();
});

/** The environment that all tests of gates share; it starts when the first of them asks, and ends after the last. */
export function sharedEnvironment() {
  shared ??= start();
  return shared;
}

/** Makes an empty database, with the rights that the platform gives its roles. */
export async function freshDatabase(): Promise<TestDatabase> {
  const { environment, directory } = await sharedEnvironment();
  const name = `test_${++databases}`;
  const { host, port } = environment.database;
  const password = await readSecret(directory, 'database-password-postgres');
  const admin = new Client({ host, port, user: 'postgres', password, database: 'postgres' });
  await admin.connect();
  try {
    await admin.query(`create database ${name} template ${environment.database.database}`);
    await admin.query(`grant create, temporary on database ${name} to gates, migrator`);
  } finally {
    await admin.end();
  }
  const platform = { ...environment.address, directory };
  const database = { ...environment.database, database: name };
  const session = async (role: DatabaseRole = 'gates') =>
    connect(await openPlatform(platform), database, role, `test session of ${role}`);
  return { platform, database, session };
}

async function start() {
  const folder = await temporaryFolder();
  const directory = `${folder.path}/environment`;
  const environment = await ensureEnvironment(directory);
  const close = async () => {
    await destroyEnvironment(directory);
    await folder.remove();
  };
  return { environment, directory, close };
}

import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Plan, planSchema } from '../../../gates/cutover/plan.ts';
import { projectRoot } from '../../../gates/kernel/project-root.ts';
import type { Release } from '../../../gates/kernel/release.ts';
import { migrationSet } from '../../../gates/migrate/migration-set.ts';
import { migrationTool } from '../../../gates/migrate/tools/index.ts';
import { destroyEnvironment, ensureEnvironment } from '../../../infra/local/environment.ts';
import { environmentPaths } from '../../../infra/local/environment-paths.ts';
import { imageDigest, importImage } from '../../../infra/local/images.ts';
import { postgresBinaries } from '../../../infra/local/postgres/postgres-binaries.ts';
import { ensureCluster, preparePostgresHome } from '../../../infra/local/postgres/postgres-cluster.ts';
import { reachableBinaries } from '../../../infra/local/postgres/postgres-home.ts';
import { prepareDatabase } from '../../../infra/local/postgres/postgres-roles.ts';
import { startPostgres, stopPostgres } from '../../../infra/local/postgres/postgres-server.ts';
import { postgresUser } from '../../../infra/local/postgres/postgres-user.ts';
import { readSecret } from '../../../infra/local/secrets.ts';
import type { DatabaseAddress, PlatformAddress } from '../../../infra/platform.ts';
import { databaseRights, schemaRights } from '../../../infra/role-rights.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { sampleRelease } from '../sample-release.ts';

/** One database of a pair, with a URL of its operator and one of its migrating role. */
export interface PairDatabase {
  readonly url: string;
  readonly migrator: string;
  readonly address: DatabaseAddress;
  /** `host:port/database`. */
  readonly at: string;
}

/** A local environment whose database serves the sample application, and a server of the project's own major beside it. */
export interface Pair {
  readonly platform: PlatformAddress;
  readonly source: PairDatabase;
  readonly release: Release;
  /** Of the sample application, by digest. */
  readonly image: string;
  readonly commands: { readonly head: string[] };
  /** Makes an empty database on the target's server, with the rights that the platform gives. */
  newTarget(): Promise<PairDatabase>;
  close(): Promise<void>;
}

const roles = { gates: 'gates', migrator: 'migrator', app: 'app' };
const commands = { head: ['node', 'migrate.ts', 'up'] };

/** Starts a pair; `major` is the source's. Its database is empty. */
export async function startPair(name: string, major?: number): Promise<Pair> {
  const directory = join('.sallyport', `test-${name}-${process.pid}`);
  try {
    return await start(directory, major);
  } catch (error) {
    await destroyEnvironment(directory);
    throw error;
  }
}

async function start(directory: string, major: number | undefined): Promise<Pair> {
  const environment = await ensureEnvironment(directory, major === undefined ? {} : { postgresMajor: major });
  const folder = await temporaryFolder();
  await chmod(folder.path, 0o711); // Under root PostgreSQL is another user, who must get through.
  const paths = { ...environmentPaths(directory), postgres: join(folder.path, 'target', 'postgres') };
  const user = await postgresUser();
  await preparePostgresHome(paths, user);
  const binaries = await reachableBinaries(paths.postgres, await postgresBinaries(undefined, paths.postgres));
  await ensureCluster(paths, binaries, user);
  const { port } = await startPostgres(paths, binaries, user, undefined);
  await prepareDatabase(directory, port);
  const passwords = new Map<string, string>();
  for (const role of ['postgres', 'migrator']) {
    passwords.set(role, await readSecret(environmentPaths(directory).directory, `database-password-${role}`));
  }
  const databaseAt = (address: DatabaseAddress): PairDatabase => {
    const at = `${address.host}:${address.port}/${address.database}`;
    const url = (role: string) => `postgres://${role}:${encodeURIComponent(passwords.get(role) ?? '')}@${at}`;
    return { url: url('postgres'), migrator: url('migrator'), address, at };
  };
  const server = databaseAt({ host: '127.0.0.1', port, database: 'postgres', tls: false });
  let made = 0;
  const newTarget = async () => {
    const target = databaseAt({ ...server.address, database: `target_${++made}` });
    await run(server.url, `create database target_${made}`);
    for (const sql of databaseRights(roles, `target_${made}`)) await run(server.url, sql);
    for (const sql of schemaRights(roles)) await run(target.url, sql);
    return target;
  };
  const app = join(projectRoot, 'stacks/app');
  const digest = await imageDigest(app);
  await importImage(directory, app, digest);
  const { files } = await migrationSet(join(app, 'migrations'), migrationTool('node-pg-migrate'));
  const tool = { tool: 'node-pg-migrate', service: 'api', command: ['node', 'migrate.ts'], files: [...files] };
  const close = async () => {
    await stopPostgres(paths, 10_000);
    await folder.remove();
    await destroyEnvironment(directory);
    await rm(join(projectRoot, directory), { recursive: true, force: true });
  };
  return {
    platform: environment.address,
    source: databaseAt(environment.database),
    release: sampleRelease({ migrations: tool }),
    image: `app@sha256:${digest}`,
    commands,
    newTarget,
    close,
  };
}

/** A plan from the pair's source to a target, whose URLs it puts where gates look for them. */
export function pairPlan(source: PairDatabase, target: PairDatabase, changes: Partial<Plan> = {}): Plan {
  process.env.PAIR_SOURCE_URL = source.url;
  process.env.PAIR_TARGET_URL = target.url;
  return planSchema.parse({
    id: 'pair',
    strategy: 'replicate',
    source: { direct: 'PAIR_SOURCE_URL', at: source.at },
    target: { direct: 'PAIR_TARGET_URL', at: target.at },
    verify: { modules: { all: ['public.*'] } },
    invariants: [],
    backfill: {},
    freeze: {},
    reverse: false,
    rehearsal: {},
    reviewer: 'reviewer',
    ...changes,
  });
}

/** Runs SQL in a session of its own and gives the rows of a single statement. */
export async function run(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  return inSession(url, async (client) => (await client.query(sql)).rows ?? []);
}

/** Does something in a session of its own. */
export async function inSession<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

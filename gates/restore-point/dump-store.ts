import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { DatabaseAddress, DatabaseRole } from '../../infra/platform.ts';
import { connect } from '../kernel/database.ts';
import { gateError, messageOf } from '../kernel/gate-error.ts';
import { projectRoot } from '../kernel/project-root.ts';
import { roleName } from '../kernel/role-name.ts';
import type { World } from '../kernel/world.ts';
import type { RestorePoint, RestorePointConfig } from './facts.ts';
import { openRestored, type RestoringStore } from './point-store.ts';

type DumpConfig = Extract<RestorePointConfig, { strategy: 'pg_dump' }>;
type Program = 'pg_dump' | 'pg_restore';

const run = promisify(execFile);
const readMajor = `select current_setting('server_version_num')::int / 10000 as major`;
const record = z.strictObject({
  name: z.string(),
  takenAt: z.iso.datetime(),
  where: z.string(),
  bytes: z.number().int(),
  digest: z.string(),
});

/** Dumps in pg_dump's custom format, restored on a throw-away server. @throws GateError RESTORE_POINT_UNSUPPORTED. */
export async function dumpStore(world: World, database: DatabaseAddress, config: DumpConfig): Promise<RestoringStore> {
  const { workbench } = await world.platform();
  if (workbench === undefined) {
    const found = 'a platform without a throw-away server to restore it on';
    throw gateError('RESTORE_POINT_UNSUPPORTED', 'pg_dump', found, 'the local platform, or another strategy');
  }
  await requireVersion(world, config);
  const folder = resolve(projectRoot, config.directory);
  const dumpFile = (name: string) => join(folder, `${name}.dump`);
  const recordFile = (name: string) => join(folder, `${name}.json`);
  const find = async (name: string): Promise<RestorePoint | undefined> => {
    const text = await readFile(recordFile(name), 'utf8').catch(absent);
    return text === undefined ? undefined : record.parse(JSON.parse(text));
  };
  return {
    proof: 'restored',
    list: async () => {
      const files = (await readdir(folder).catch(absent)) ?? [];
      const names = files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
      const found = (await Promise.all(names.map(find))).filter((point) => point !== undefined);
      return found.sort((a, b) => b.takenAt.localeCompare(a.takenAt));
    },
    take: async (name) => {
      const made = await find(name);
      if (made !== undefined) return made;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const partial = `${dumpFile(name)}.partial`;
      await execute(world, config, database, 'gates', 'pg_dump', ['--format=custom', `--file=${partial}`]);
      await rename(partial, dumpFile(name));
      const where = join(config.directory, `${name}.dump`);
      const { size } = await stat(dumpFile(name));
      const digest = await digestOfFile(dumpFile(name));
      const point = { name, takenAt: world.now().toISOString(), where, bytes: size, digest };
      await writeFile(`${recordFile(name)}.partial`, `${JSON.stringify(point, null, 2)}\n`, { mode: 0o600 });
      await rename(`${recordFile(name)}.partial`, recordFile(name));
      return point;
    },
    open: async (name) => {
      const point = await find(name);
      if (point === undefined || point.digest !== (await digestOfFile(dumpFile(name)))) {
        throw gateError('RESTORE_POINT_UNUSABLE', name, 'a dump that is gone or altered', 'the dump as it was taken');
      }
      const server = await workbench.openScratch('restored');
      try {
        await withoutLedger(world, server.database);
        // The migrating role owns the application's objects.
        const args = ['--exit-on-error', '--no-owner', `--dbname=${server.database.database}`];
        await execute(world, config, server.database, 'migrator', 'pg_restore', [...args, dumpFile(name)]);
      } catch (error) {
        await server.close();
        throw error;
      }
      return openRestored(world, server.database, () => server.close());
    },
    remove: async (name) => {
      await rm(recordFile(name), { force: true });
      await rm(dumpFile(name), { force: true });
    },
  };
}

/** An older pg_dump refuses a newer server; said before anything is tried. */
async function requireVersion(world: World, config: DumpConfig): Promise<void> {
  const { rows } = await (await world.database()).query<{ major: number }>(readMajor);
  const server = rows[0]?.major ?? 0;
  const needed = `pg_dump and pg_restore ${server} or later, on PATH or in sallyport:restorePoint.programs`;
  for (const program of ['pg_dump', 'pg_restore'] as const) {
    const stdout = await run(pathOf(config, program), ['--version']).then(
      (ended) => ended.stdout,
      (error: unknown) => {
        throw gateError('RESTORE_POINT_UNSUPPORTED', program, messageOf(error), needed, error);
      },
    );
    const major = Number(/\b(\d+)(?:\.\d+|devel|beta\d+|rc\d+)/.exec(stdout)?.[1] ?? 0);
    if (major < server) throw gateError('RESTORE_POINT_UNSUPPORTED', program, stdout.trim(), needed);
  }
}

/** A server of ours begins with an empty ledger; the dump brings its own, and pg_restore cannot leave a schema out. */
async function withoutLedger(world: World, database: DatabaseAddress): Promise<void> {
  const client = await connect(await world.platform(), database, 'gates', 'sallyport restore point');
  try {
    await client.query('drop schema sallyport');
  } finally {
    await client.end();
  }
}

/** The password goes by the environment of this one process: a command line can be read by others. */
async function execute(
  world: World,
  config: DumpConfig,
  database: DatabaseAddress,
  role: DatabaseRole,
  program: Program,
  args: readonly string[],
): Promise<void> {
  const password = await (await world.platform()).databasePassword(role);
  const target = program === 'pg_dump' ? [`--dbname=${database.database}`] : [];
  const address = [
    `--host=${database.host}`,
    `--port=${database.port}`,
    `--username=${roleName(database, role)}`,
    '--no-password',
  ];
  const env = {
    PATH: process.env.PATH ?? '',
    PGPASSWORD: password,
    PGSSLMODE: database.tls ? 'require' : 'disable',
    PGCONNECT_TIMEOUT: '5',
    PGOPTIONS: '-c lock_timeout=5s',
  };
  await run(pathOf(config, program), [...address, ...target, ...args], { env, signal: world.signal });
}

function pathOf({ programs }: DumpConfig, program: Program): string {
  return programs === undefined ? program : join(resolve(projectRoot, programs), program);
}

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  return hash.digest('hex');
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, cp, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import type { BaseBackup, BaseBackups } from '../../platform.ts';
import { EnvironmentError } from '../environment-error.ts';
import { environmentPaths, projectRoot } from '../environment-paths.ts';
import { readSecret } from '../secrets.ts';
import { readIfThere } from '../write-atomic.ts';
import { dataDirectory } from './postgres-cluster.ts';
import { findPostgres } from './postgres-server.ts';
import { giveToPostgres, openThrowAway } from './throw-away-server.ts';

// A base backup by the low-level API: PostgreSQL marks the begin and the end, the files are copied in between while it
// serves, and the WAL of that time goes with them (https://www.postgresql.org/docs/current/continuous-archiving.html).

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const MANIFEST = 'backup.json';

/** Contents that a server makes anew, or that belong to the running one; the folders themselves are needed. */
const EMPTIED = /^(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/./;
const LEFT_OUT = /(^|\/)(postmaster\.(pid|opts)|pg_internal\.init(\.\d+)?|pgsql_tmp.*|backup_label|tablespace_map)$/;

// WAL that is needed is not recycled while a slot reserves it; a temporary one goes with the session.
const RESERVE_WAL = `select pg_create_physical_replication_slot($1, true, true)`;
const VERSION = `select current_setting('server_version_num')::int as version`;
const START = (version: number) =>
  version >= 150_000 ? `select pg_backup_start($1, true)` : `select pg_start_backup($1, true, false)`;
const STOP = (version: number) =>
  `select lsn::text as "stopLsn", labelfile, spcmapfile from ${version >= 150_000 ? 'pg_backup_stop(false)' : 'pg_stop_backup(false, false)'}`;

const manifest = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  takenAt: z.iso.datetime(),
  bytes: z.number().int(),
  files: z.number().int(),
  digest: z.string(),
  stopLsn: z.string(),
});

/** Base backups on this machine, whose files can be put in the place of a data directory. */
export interface LocalBackups extends BaseBackups {
  /** Copies a backup's files, as a server can be started from them. @throws when they are not as they were taken. */
  copy(name: string, data: string): Promise<BaseBackup>;
}

/** The base backups of an environment, in its folder `restore-points`. */
export function localBackups(directory: string): LocalBackups {
  const store = join(environmentPaths(directory).directory, 'restore-points');
  const folder = (name: string) => {
    if (NAME.test(name)) return join(store, name);
    throw new EnvironmentError('BACKUP_NAME', `"${name}" is no name of a backup: use lower-case letters, digits and -`);
  };
  /** With reflinks the copy costs nothing. */
  const copy = async (name: string, data: string): Promise<BaseBackup> => {
    const backup = await read(folder(name));
    if (backup === undefined) throw new EnvironmentError('BACKUP_MISSING', `there is no complete backup "${name}"`);
    await cp(join(folder(name), 'data'), data, { recursive: true, mode: constants.COPYFILE_FICLONE });
    if ((await measure(data)).digest === backup.digest) return backup;
    throw new EnvironmentError('BACKUP_ALTERED', `the files of backup "${name}" are not those that were taken`);
  };
  return {
    list: async () => {
      const names = (await readdir(store).catch(absent)).filter((name) => NAME.test(name));
      const found = await Promise.all(names.map((name) => read(folder(name))));
      return found.filter((each) => each !== undefined).sort((a, b) => b.takenAt.localeCompare(a.takenAt));
    },
    take: async (name) => (await read(folder(name))) ?? take(directory, folder(name)),
    // A server changes what it is started from: the backup itself stays as it was taken.
    open: (name) => openThrowAway(directory, 'restored', async (data) => void (await copy(name, data))),
    copy: async (name, data) => {
      await rm(data, { recursive: true, force: true });
      const backup = await copy(name, data);
      await giveToPostgres(data);
      return backup;
    },
    remove: (name) => rm(folder(name), { recursive: true, force: true }),
  };
}

async function take(directory: string, folder: string): Promise<BaseBackup> {
  const paths = environmentPaths(directory);
  const source = dataDirectory(paths);
  const running = await findPostgres(paths);
  if (running === undefined) throw new EnvironmentError('POSTGRES_NOT_RUNNING', `no PostgreSQL runs in ${directory}`);
  if ((await readdir(join(source, 'pg_tblspc'))).length > 0) {
    throw new EnvironmentError('BACKUP_TABLESPACES', 'the server has tablespaces outside its data directory');
  }
  const partial = `${folder}.partial`;
  const data = join(partial, 'data');
  await rm(partial, { recursive: true, force: true });
  await mkdir(data, { recursive: true, mode: 0o700 });
  const client = await superuser(directory, running.port);
  try {
    const { rows } = await client.query<{ version: number }>(VERSION);
    const version = rows[0]?.version ?? 0;
    await client.query(RESERVE_WAL, [`sallyport_${process.pid}`]);
    await client.query(START(version), [basename(folder)]);
    await copyFiles(source, data);
    const stopped = await client.query<{ stopLsn: string; labelfile: string; spcmapfile: string }>(STOP(version));
    const end = stopped.rows[0];
    if (end === undefined) throw new Error('pg_backup_stop gave no row');
    await copyWal(join(source, 'pg_wal'), join(data, 'pg_wal'));
    await writeFile(join(data, 'backup_label'), end.labelfile, { mode: 0o600 });
    const { digest, bytes, files } = await measure(data);
    const backup = { name: basename(folder), takenAt: new Date().toISOString(), bytes, files, digest };
    const text = JSON.stringify({ version: 1, ...backup, stopLsn: end.stopLsn }, null, 2);
    await writeDurably(join(partial, MANIFEST), text);
  } finally {
    await client.end();
  }
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  const made = await read(folder);
  if (made === undefined) throw new EnvironmentError('BACKUP_MISSING', `the backup in ${folder} has no manifest`);
  return made;
}

async function read(folder: string): Promise<BaseBackup | undefined> {
  const text = await readIfThere(join(folder, MANIFEST));
  if (text === undefined) return undefined;
  const { version: _, ...backup } = manifest.parse(JSON.parse(text));
  const where = relative(projectRoot, folder);
  return { ...backup, where: where.startsWith('..') ? folder : where };
}

/** Copies a live data directory. A file that goes away meanwhile is not needed: its end is in the WAL. */
async function copyFiles(source: string, target: string): Promise<void> {
  const paths = await filesBelow(source, (path) => !EMPTIED.test(path) && !LEFT_OUT.test(path), target);
  await each(paths, (path) =>
    copyFile(join(source, path), join(target, path), constants.COPYFILE_FICLONE).catch(absent),
  );
}

/** WAL segments, all there are: those between begin and end are among them, and more do no harm. */
async function copyWal(source: string, target: string): Promise<void> {
  await mkdir(join(target, 'archive_status'), { recursive: true, mode: 0o700 });
  for (const entry of await readdir(source, { withFileTypes: true })) {
    if (entry.isFile()) await copyFile(join(source, entry.name), join(target, entry.name)).catch(absent);
  }
}

/** Files below a folder, sorted; folders are made in `target` on the way. */
async function filesBelow(root: string, wanted: (path: string) => boolean, target?: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true }).catch(absent)) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!wanted(path)) continue;
      if (entry.isDirectory()) {
        if (target !== undefined) await mkdir(join(target, path), { recursive: true, mode: 0o700 });
        await walk(path);
      } else if (entry.isFile()) found.push(path);
    }
  };
  await walk('');
  return found.sort((a, b) => (a < b ? -1 : 1));
}

async function measure(data: string): Promise<{ digest: string; bytes: number; files: number }> {
  const files = await filesBelow(data, () => true);
  const measured = await each(files, async (path) => {
    const content = createHash('sha256');
    for await (const piece of createReadStream(join(data, path))) content.update(piece);
    const { size } = await stat(join(data, path));
    return { line: `${path}\0${content.digest('hex')}\n`, size };
  });
  const hash = createHash('sha256');
  for (const { line } of measured) hash.update(line);
  return { digest: hash.digest('hex'), bytes: measured.reduce((sum, { size }) => sum + size, 0), files: files.length };
}

/** Work on every item, a few at a time; results in the items' order. */
async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return results;
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function superuser(directory: string, port: number): Promise<Client> {
  const password = await readSecret(directory, 'database-password-postgres');
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    database: 'postgres',
    application_name: 'sallyport base backup',
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function absent(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

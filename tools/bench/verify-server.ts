import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { ownServer } from '../../gates/rehearse/shadow/own-server.ts';
import { compareContent, digestDatabase } from '../../gates/verify/compare-content.ts';
import type { KeptSide } from '../../gates/verify/kept-leaves.ts';
import { openSnapshot } from '../../gates/verify/snapshot.ts';
import { postgresBinaries } from '../../infra/local/postgres/postgres-binaries.ts';
import { projectRoot } from '../project.ts';

/** A server of the bench's own, with a database `app`. */
export interface BenchServer {
  /** Of the database `app`, as superuser. */
  readonly url: string;
  /** Where the bench may leave files; it goes with the server. */
  readonly folder: string;
  /** The URL of another database of the server. */
  database(name: string): string;
}

export const modules = [{ name: 'all', tables: ['public.*'] }];

/** As the facts were measured: everything in cache, for whichever side of a ratio reads it. */
const cached = 'shared_buffers = 4GB\n';

/** Does work with a server that is there for it only. */
export async function withServer<T>(work: (server: BenchServer) => Promise<T>): Promise<T> {
  const directory = join('.sallyport', `bench-verify-${randomBytes(4).toString('hex')}`);
  const folder = join(projectRoot, directory);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  try {
    const { major } = await postgresBinaries(undefined, folder);
    const server = await ownServer(directory, major, cached);
    try {
      const database = (name: string) => server.owner.replace(/[^/]*$/, name);
      return await work({ url: server.owner, folder, database });
    } finally {
      await server.remove();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Digests a whole database, or only what changed since its leaves were kept. */
export async function oneSide(url: string, workers: number, kept?: KeptSide): Promise<void> {
  const snapshot = await openSnapshot(() => open(url), workers, 600);
  try {
    await digestDatabase(snapshot, modules, { kept });
  } finally {
    await snapshot.close();
  }
}

/** Compares two equal databases, two sessions on each. @throws Error when they are found to differ. */
export async function bothSides({
  source,
  target,
}: {
  readonly source: string;
  readonly target: string;
}): Promise<void> {
  const [here, there] = await Promise.all([source, target].map((url) => openSnapshot(() => open(url), 2, 600)));
  if (here === undefined || there === undefined) throw new Error('two snapshots; needed for a comparison');
  try {
    const { findings } = await compareContent(here, there, { modules, limit: 20, values: false });
    if (findings.length > 0) throw new Error('equal databases were found to differ');
  } finally {
    await Promise.all([here.close(), there.close()]);
  }
}

/** A session as it is opened for a snapshot. */
export async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Runs SQL in a session of its own. */
export async function once(url: string, sql: string): Promise<void> {
  const client = await open(url);
  await client.query(sql).finally(() => client.end());
}

/** Milliseconds of wall time. */
export async function timed(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

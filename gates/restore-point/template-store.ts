import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import { z } from 'zod';
import { connect } from '../kernel/database.ts';
import { poll } from '../kernel/deadline.ts';
import { gateError } from '../kernel/gate-error.ts';
import { lockPromotion } from '../kernel/lock-promotion.ts';
import { releasePromotionLocks } from '../kernel/promotion-lock.ts';
import type { World } from '../kernel/world.ts';
import type { RestorePoint, RestorePointConfig, RestorePointInputs } from './facts.ts';
import { openRestored, type RestoringStore } from './point-store.ts';

type TemplateConfig = Extract<RestorePointConfig, { strategy: 'template' }>;

const prefix = 'sallyport_point_';
/** SQLSTATE object_in_use: somebody came in between. */
const inUse = '55006';

const readSessions = `
select coalesce(nullif(application_name, ''), 'a session without a name') || ' (' || coalesce(usename, '?') || ')' as name
from pg_stat_activity where datname = $1 order by 1`;
const readPoints = `
select d.datname as name, shobj_description(d.oid, 'pg_database') as mark, pg_database_size(d.oid)::float8 as bytes
from pg_database d where starts_with(d.datname, $1)`;
const mark = z.object({ of: z.string(), takenAt: z.iso.datetime() });

/**
 * Copies of the database on the same server. PostgreSQL copies a database only while no session is on it, and the
 * promotion's own sessions are on it too: they are ended for the copy, the lock is taken again after it, and when
 * another promotion took it in between, this one ends there.
 */
export function templateStore(world: World, inputs: RestorePointInputs, config: TemplateConfig): RestoringStore {
  const { database } = inputs;
  const copyOf = (name: string) => `${prefix}${name.replaceAll('-', '_')}`;
  const onServer = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const platform = await world.platform();
    const client = await connect(platform, { ...database, database: 'postgres' }, 'gates', 'sallyport restore point');
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  const list = async (client: Client): Promise<readonly RestorePoint[]> => {
    const { rows } = await client.query<{ name: string; mark: string | null; bytes: number }>(readPoints, [prefix]);
    const points = rows.flatMap(({ name, mark: text, bytes }) => {
      // Without a mark the copy was not finished.
      const marked = text === null ? undefined : mark.safeParse(JSON.parse(text)).data;
      if (marked?.of !== database.database) return [];
      const where = `database ${name} on ${database.host}:${database.port}`;
      return [{ name: name.slice(prefix.length).replaceAll('_', '-'), takenAt: marked.takenAt, where, bytes }];
    });
    return points.sort((a, b) => b.takenAt.localeCompare(a.takenAt));
  };
  const drop = (client: Client, name: string) =>
    client.query(`drop database if exists ${escapeIdentifier(copyOf(name))} with (force)`);
  const copy = async (client: Client, name: string): Promise<void> => {
    const target = escapeIdentifier(copyOf(name));
    await drop(client, name);
    await client.query(`set statement_timeout = ${config.seconds * 1000}`);
    await client.query(`create database ${target} template ${escapeIdentifier(database.database)}`);
    // A copy does not inherit who may connect, and by default everybody may.
    await client.query(`revoke all on database ${target} from public`);
    const text = JSON.stringify({ of: database.database, takenAt: world.now().toISOString() });
    await client.query(`comment on database ${target} is ${escapeLiteral(text)}`);
  };
  return {
    proof: 'restored',
    list: () => onServer(list),
    take: (name) =>
      onServer(async (client) => {
        const find = async () => (await list(client)).find((point) => point.name === name);
        const made = await find();
        if (made !== undefined) return made;
        await endOwnSessions(world);
        try {
          await whenUnused(world, client, inputs, config.waitSeconds, () => copy(client, name));
        } finally {
          await lockPromotion(inputs, world.platform);
        }
        const point = await find();
        if (point !== undefined) return point;
        throw gateError('RESTORE_POINT_NOT_TAKEN', name, 'no copy on the server', 'the copy that was made');
      }),
    open: (name) => openRestored(world, { ...database, database: copyOf(name) }, async () => undefined),
    remove: (name) => onServer(async (client) => void (await drop(client, name))),
  };
}

async function endOwnSessions(world: World): Promise<void> {
  await releasePromotionLocks();
  await (await world.database()).end();
}

/** Copies as soon as nobody is on the database, within the bound. */
async function whenUnused(
  world: World,
  client: Client,
  { database }: RestorePointInputs,
  waitSeconds: number,
  copy: () => Promise<void>,
): Promise<void> {
  const end = performance.now() + waitSeconds * 1000;
  await poll(world.signal, 250, async () => {
    const { rows } = await client.query<{ name: string }>(readSessions, [database.database]);
    if (rows.length === 0) {
      const copied = await copy().then(
        () => true,
        (error: unknown) => {
          if (error instanceof DatabaseError && error.code === inUse) return false;
          throw error;
        },
      );
      if (copied) return true;
    }
    if (performance.now() < end) return undefined;
    const names = [...new Set(rows.map(({ name }) => name))].join(', ') || 'a session that came and went';
    const found = `after ${waitSeconds} s still ${names}`;
    throw gateError('RESTORE_POINT_BUSY', database.database, found, 'no session on the database while it is copied');
  });
}

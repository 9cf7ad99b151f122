import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { databaseTarget } from '../../../../gates/kernel/database-url.ts';
import { readLeaves } from '../../../../gates/verify/read-leaves.ts';
import { runVerification } from '../../../../gates/verify/run-verification.ts';
import { verifySettings } from '../../../../gates/verify/settings.ts';
import { type ComparedAhead, compareAhead } from '../../../../gates/verify/touched/compare-ahead.ts';
import { closeFeed, type Feed, openFeed } from '../../../../gates/verify/touched/feed.ts';
import type { Touched } from '../../../../gates/verify/touched/touched-keys.ts';
import { type VerifiedTouched, verifyTouched } from '../../../../gates/verify/touched/verify-touched.ts';
import type { Verification, VerificationRequest } from '../../../../gates/verify/verification.ts';
import { writeRecords } from '../../../../gates/verify/write-records.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { majors, type VerifyDatabase, verifyDatabase } from '../verify-servers.ts';

/** How a moving source is verified in a test. */
export interface VerifyMoving {
  readonly meanwhile?: () => Promise<unknown>;
  readonly mostRows?: number;
  readonly expected?: string;
}

/** How what rests is compared in a test. */
export interface CompareAhead {
  readonly meanwhile?: () => Promise<unknown>;
  readonly before?: Touched | undefined;
  readonly waitSeconds?: number;
}

/** A source, and a target that follows it by a real subscription. */
export interface Replicated {
  readonly source: VerifyDatabase;
  readonly target: VerifyDatabase;
  openFeed(): Promise<Feed>;
  /** Returns when the target has applied all that the source has committed. */
  caughtUp(): Promise<void>;
  /** A full verification; `meanwhile` runs between the two snapshots, and the target has all of it in its own. */
  verify(feed: Feed, more?: VerifyMoving): Promise<Verification>;
  /** What such a verification leaves as `run.json`. */
  record(feed: Feed, more?: VerifyMoving): Promise<unknown>;
  /** The comparison of what was touched and rests; `meanwhile` runs between the two snapshots. */
  ahead(feed: Feed, more?: CompareAhead): Promise<ComparedAhead | undefined>;
  /** The comparison of what was touched. */
  compare(feed: Feed, before?: Touched): Promise<VerifiedTouched>;
  close(): Promise<void>;
}

const comparison = { workers: 2, boundSeconds: 60, limit: 20, values: false };
const settings = { ...verifySettings.parse({ modules: { all: ['public.*'] } }), minutes: 5 };

/** Makes the two databases, the target empty of rows; what is published is followed from then on. */
export async function replicated(schema: string, rows: string, publication: string): Promise<Replicated> {
  const [source, target] = [await verifyDatabase(majors.source), await verifyDatabase(majors.target)];
  for (const side of [source, target]) await side.run(schema);
  await source.run(rows);
  await source.run(publication);
  const name = `sub_${new URL(source.url).pathname.slice(1)}`;
  await target.run(`create subscription ${name} connection '${source.url}' publication followed`);
  const lsn = async () => String((await source.run('select pg_current_wal_insert_lsn()::text as lsn')).rows[0].lsn);
  const until = async (sql: string, side: VerifyDatabase) => {
    while ((await side.run(sql)).rowCount !== 1) await delay(20);
  };
  const applied = async (upTo: string) => {
    await source.run(`select pg_logical_emit_message(true, 'test', 'nudge')`);
    await until(
      `select from pg_replication_slots where slot_name = '${name}' and confirmed_flush_lsn >= '${upTo}'`,
      source,
    );
  };
  const caughtUp = async () => {
    await until(`select where not exists (select from pg_subscription_rel where srsubstate <> 'r')`, target);
    await applied(await lsn());
  };
  await caughtUp();
  const open = async (url: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  };
  const inSource = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = await open(source.url);
    return work(client).finally(() => client.end());
  };
  const sides = { source: () => open(source.url), target: () => open(target.url) };
  const slot = `feed_${name}`;
  const at = ({ url }: VerifyDatabase) => databaseTarget({ DATABASE_URL: url }, 'the test');
  const asked = (feed: Feed, { meanwhile, mostRows, expected }: VerifyMoving = {}): VerificationRequest => ({
    runId: 'of-a-test',
    settings,
    invariants: [],
    source: at(source),
    target: at(target),
    expected,
    moving: {
      feed,
      ...(mostRows !== undefined && { mostRows }),
      applied: async (upTo) => {
        await meanwhile?.();
        await (meanwhile ? caughtUp() : applied(upTo));
      },
    },
    progress: () => undefined,
  });
  return {
    source,
    target,
    caughtUp,
    openFeed: () => inSource((client) => openFeed(client, { slot, publication: 'followed' })),
    verify: (feed, more) => runVerification(asked(feed, more)),
    record: async (feed, more) => {
      const request = asked(feed, more);
      const folder = await temporaryFolder();
      try {
        await writeRecords(folder.path, request, await runVerification(request), { startedAt: 0, finishedAt: 1 });
        assert.notEqual(await readLeaves(folder.path, request.runId), undefined);
        return JSON.parse(await readFile(join(folder.path, 'run.json'), 'utf8'));
      } finally {
        await folder.remove();
      }
    },
    ahead: async (feed, { meanwhile, before, waitSeconds = 30 } = {}) =>
      compareAhead(sides, {
        ...{ ...comparison, feed, waitSeconds, ...(before && { before }) },
        signal: AbortSignal.timeout(180_000),
        applied: async (upTo) => {
          await meanwhile?.();
          await (meanwhile ? caughtUp() : applied(upTo));
        },
      }),
    compare: async (feed, before) => {
      await caughtUp();
      return verifyTouched(sides, { ...comparison, feed, ...(before && { before }) });
    },
    close: async () => {
      await inSource((client) => closeFeed(client, slot));
      await target.run(`drop subscription ${name}`);
    },
  };
}

import type { ClientBase } from 'pg';

/** What the target keeps of the backfill of one build: by it a run that was killed finds where it stopped. */
export interface BuildRecord {
  readonly build: string;
  /** Of the subscription that was made for it: one made by somebody else under that name is another. */
  readonly subscription: string;
  readonly begun: Date;
  /** When every table had been copied. */
  readonly copied: Date | null;
  /** When indexes and foreign keys were back. */
  readonly restored: Date | null;
}

const create = `
create table if not exists sallyport.backfill (
  one boolean primary key default true check (one),
  build uuid not null,
  subscription oid not null,
  begun timestamptz not null default clock_timestamp(),
  copied timestamptz,
  restored timestamptz
)`;
const begin = `
insert into sallyport.backfill (build, subscription) select $1, oid from pg_subscription
where subname = $2 and subdbid = (select oid from pg_database where datname = current_database())
on conflict (one) do update set build = excluded.build, subscription = excluded.subscription, begun = clock_timestamp(),
  copied = null, restored = null`;
const isThere = `select to_regclass('sallyport.backfill') is not null as there`;
const read = `select build::text, subscription::text, begun, copied, restored from sallyport.backfill`;
const marks = {
  copied: `update sallyport.backfill set copied = coalesce(copied, clock_timestamp()) where build = $1`,
  restored: `update sallyport.backfill set restored = coalesce(restored, clock_timestamp()) where build = $1`,
} as const;

/** Puts a build on record, in the transaction that makes its subscription. */
export async function beginRecord(target: ClientBase, build: string, subscription: string): Promise<void> {
  await target.query(create);
  await target.query(begin, [build, subscription]);
}

/** The record of the last build whose subscription was made. */
export async function readRecord(target: ClientBase): Promise<BuildRecord | undefined> {
  const { rows } = await target.query<{ there: boolean }>(isThere);
  if (rows[0]?.there !== true) return undefined;
  return (await target.query<BuildRecord>(read)).rows[0];
}

/** Puts on record that a part of a build is done; the first time counts. */
export async function markRecord(target: ClientBase, build: string, part: keyof typeof marks): Promise<void> {
  await target.query(marks[part], [build]);
}

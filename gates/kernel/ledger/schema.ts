import type { ClientBase } from 'pg';

const createLedger = `
create schema if not exists sallyport;
create table if not exists sallyport.attempt (
  id bigint generated always as identity primary key,
  gate text not null,
  sha text not null,
  release text not null,
  subject text not null,
  stack text not null,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  verdict text,
  reason_code text,
  evidence text,
  evidence_digest text,
  receipt_digest text
);
create index if not exists attempt_open on sallyport.attempt (gate, release) where verdict is null;
create unique index if not exists attempt_receipt on sallyport.attempt (receipt_digest);
create table if not exists sallyport.accepted (
  seq bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  sha text not null,
  release_digest text not null,
  release jsonb not null,
  mode text not null,
  revisions jsonb not null,
  history_digest text not null,
  owner text not null,
  reviewer text,
  receipts jsonb not null,
  accept_attempt bigint not null unique
);
create table if not exists sallyport.proof (
  release_digest text not null,
  history_digest text not null,
  attempt bigint not null,
  at timestamptz not null default clock_timestamp(),
  primary key (release_digest, history_digest)
);
create table if not exists sallyport.migration_hash (
  name text primary key,
  sha256 text not null,
  recorded_at timestamptz not null default clock_timestamp()
);
create table if not exists sallyport.hold (
  id bigint generated always as identity primary key,
  sha text not null,
  placed_at timestamptz not null default clock_timestamp(),
  released_at timestamptz,
  released_by text,
  reason text
);
`;

// Two engines may come first at once, and `if not exists` alone does not keep them apart.
const lockCreation = `select pg_advisory_xact_lock(hashtextextended('sallyport.ledger', 0))`;
const ledgerIsThere = `select to_regclass('sallyport.hold') is not null as there`;

/** Makes the ledger where it is not there yet. Idempotent, and safe for two at once. */
export async function ensureLedger(client: ClientBase): Promise<void> {
  if (await hasLedger(client)) return;
  await client.query('begin');
  try {
    await client.query(lockCreation);
    await client.query(createLedger);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Whether the database has a ledger; a database without one has accepted nothing yet. */
export async function hasLedger(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(ledgerIsThere);
  return rows[0]?.there === true;
}

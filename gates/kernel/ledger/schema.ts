import type { ClientBase } from 'pg';
import { readCandidate } from '../../cutover/candidate.ts';
import { gateError } from '../gate-error.ts';

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
create table if not exists sallyport.broken_surface (
  release_digest text not null,
  surface text not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (release_digest, surface)
);
create table if not exists sallyport.migration_hash (
  name text primary key,
  sha256 text not null,
  recorded_at timestamptz not null default clock_timestamp()
);
create table if not exists sallyport.catalog (
  history_digest text primary key,
  digest text not null,
  objects jsonb not null,
  attempt bigint not null,
  at timestamptz not null default clock_timestamp()
);
create table if not exists sallyport.hold (
  id bigint generated always as identity primary key,
  sha text not null,
  placed_at timestamptz not null default clock_timestamp(),
  released_at timestamptz,
  released_by text,
  reason text
);
create table if not exists sallyport.lease (
  one boolean primary key default true check (one),
  holder text not null,
  name text not null,
  since timestamptz not null,
  until timestamptz not null
);
create table if not exists sallyport.cutover_event (
  id bigint generated always as identity primary key,
  cutover text not null,
  step text not null,
  at timestamptz not null default clock_timestamp(),
  detail jsonb not null default '{}'
);
create table if not exists sallyport.approval (
  id bigint generated always as identity primary key,
  cutover text not null,
  root text not null,
  plan text not null,
  note text not null,
  by_role text not null default session_user,
  at timestamptz not null default clock_timestamp()
);
`;

// Two engines may come first at once, and `if not exists` alone does not keep them apart.
const lockCreation = `select pg_advisory_xact_lock(hashtextextended('sallyport.ledger', 0))`;
/** Raised with every change of the tables above; each version's statements also bring an older ledger up to date. */
const version = 4;
const markVersion = `comment on schema sallyport is 'ledger ${version}'`;
const readVersion = `
select coalesce(substring(obj_description(oid, 'pg_namespace') from '^ledger (\\d+)$')::int, 0) as version,
  to_regclass('sallyport.candidate') is not null as candidate
from pg_namespace where nspname = 'sallyport'`;

/**
 * Makes the ledger where it is not there yet. Idempotent, and safe for two at once.
 * @throws GateError LEDGER_NEWER where a later version of Sallyport has been, CANDIDATE_UNFINISHED in a cutover's candidate.
 */
export async function ensureLedger(client: ClientBase): Promise<void> {
  if ((await versionOf(client)) !== version) await makeLedger(client);
}

/** Makes the ledger also in a candidate: it is given what the source's has before it serves. Idempotent. */
export async function makeLedger(client: ClientBase): Promise<void> {
  await client.query('begin');
  try {
    await client.query(lockCreation);
    await client.query(createLedger);
    await client.query(markVersion);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Whether the database has a ledger; a database without one has accepted nothing yet. */
export async function hasLedger(client: ClientBase): Promise<boolean> {
  return (await versionOf(client)) > 0;
}

async function versionOf(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ version: number; candidate: boolean }>(readVersion);
  const found = rows[0]?.version ?? 0;
  const candidate = rows[0]?.candidate ? await readCandidate(client) : undefined;
  if (candidate !== undefined && candidate.state !== 'serving') {
    const { cutover, state, since } = candidate;
    const unfinished = `the candidate of cutover ${cutover}, ${state} since ${since}`;
    throw gateError('CANDIDATE_UNFINISHED', 'database', unfinished, 'the database that serves');
  }
  if (found <= version) return found;
  throw gateError('LEDGER_NEWER', 'schema sallyport', `ledger version ${found}`, `version ${version} or older`);
}

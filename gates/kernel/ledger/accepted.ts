import type { ClientBase } from 'pg';
import type { Mode } from '../admission.ts';
import type { Receipt } from '../receipt.ts';
import type { Release } from '../release.ts';

/** A release that went through every gate. The newest one is what production is meant to serve. */
export interface Accepted {
  readonly seq: number;
  readonly at: string;
  readonly sha: string;
  readonly releaseDigest: string;
  readonly release: Release;
  readonly mode: Mode;
  /** Service → the revision that was flipped to. */
  readonly revisions: Readonly<Record<string, string>>;
  readonly historyDigest: string;
}

const readAccepted = `
select seq::int, at::text, sha, release_digest as "releaseDigest", release, mode, revisions,
  history_digest as "historyDigest"
from sallyport.accepted order by seq desc`;

const insertAccepted = `
insert into sallyport.accepted
  (sha, release_digest, release, mode, revisions, history_digest, owner, reviewer, receipts, accept_attempt)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (accept_attempt) do nothing`;

const insertProof = `
insert into sallyport.proof (release_digest, history_digest, attempt) values ($1, $2, $3)
on conflict (release_digest, history_digest) do nothing`;

const readProof = `
select exists (select from sallyport.proof where release_digest = $1 and history_digest = $2) as proven`;

/** Every accepted release, newest first. */
export async function acceptedReleases(client: ClientBase): Promise<readonly Accepted[]> {
  const { rows } = await client.query<Accepted>(readAccepted);
  return rows;
}

/** Writes the accepted record; writing it again for the same attempt changes nothing. */
export async function writeAccepted(
  client: ClientBase,
  record: Omit<Accepted, 'seq' | 'at'> & {
    owner: string;
    reviewer?: string;
    receipts: readonly Receipt[];
    attempt: number;
  },
): Promise<void> {
  const { sha, releaseDigest, release, mode, revisions, historyDigest, owner, reviewer, receipts, attempt } = record;
  const values = [
    sha,
    releaseDigest,
    JSON.stringify(release),
    mode,
    JSON.stringify(revisions),
    historyDigest,
    owner,
    reviewer ?? null,
    JSON.stringify(receipts),
    attempt,
  ];
  await client.query(insertAccepted, values);
}

/** Puts on record that a release was smoke-tested, and passed, on a schema with this migration history. */
export async function writeProof(client: ClientBase, release: string, history: string, attempt: number): Promise<void> {
  await client.query(insertProof, [release, history, attempt]);
}

/** Whether a release was proven on a schema with this migration history. */
export async function isProven(client: ClientBase, release: string, history: string): Promise<boolean> {
  const { rows } = await client.query<{ proven: boolean }>(readProof, [release, history]);
  return rows[0]?.proven === true;
}

import type { ClientBase } from 'pg';
import type { Verdict } from '../verdict.ts';

/** One try of a gate at one subject. A retry after a verdict is a new attempt; a resumed one had none yet. */
export interface Attempt {
  readonly id: number;
  readonly startedAt: string;
  readonly resumed: boolean;
}

const openAttempt = `
select id::int, started_at::text as "startedAt" from sallyport.attempt
where gate = $1 and release = $2 and verdict is null order by id desc limit 1`;

const readdress = `update sallyport.attempt set subject = $2, stack = $3 where id = $1`;

const insertAttempt = `
insert into sallyport.attempt (gate, sha, release, subject, stack) values ($1, $2, $3, $4, $5)
returning id::int, started_at::text as "startedAt"`;

const finish = `
update sallyport.attempt set finished_at = clock_timestamp(), verdict = $2, reason_code = $3, evidence = $4,
  evidence_digest = $5, receipt_digest = $6
where id = $1 and verdict is null`;

const passedReceipts = `
select receipt_digest from sallyport.attempt where receipt_digest = any($1) and verdict = 'passed'`;

const evidenceOf = `
select id::int, gate, evidence, evidence_digest as "evidenceDigest" from sallyport.attempt where id = any($1)`;

/**
 * Begins an attempt, or resumes the one that a killed engine left open for the same release: what that one started (an
 * execution, a revision) carries its id and is found again. The caller holds the promotion lock, so an open attempt has
 * nobody working on it any more.
 */
export async function beginAttempt(
  client: ClientBase,
  of: { gate: string; sha: string; release: string; subject: string; stack: string },
): Promise<Attempt> {
  const open = await client.query<{ id: number; startedAt: string }>(openAttempt, [of.gate, of.release]);
  const left = open.rows[0];
  if (left !== undefined) {
    await client.query(readdress, [left.id, of.subject, of.stack]);
    return { ...left, resumed: true };
  }
  const values = [of.gate, of.sha, of.release, of.subject, of.stack];
  const { rows } = await client.query<{ id: number; startedAt: string }>(insertAttempt, values);
  const made = rows[0];
  if (made === undefined) throw new Error('the ledger took the attempt and returned no row');
  return { ...made, resumed: false };
}

/** Writes an attempt's verdict and evidence. An attempt that has its verdict already keeps it. */
export async function finishAttempt(
  client: ClientBase,
  id: number,
  result: {
    verdict: Verdict;
    reasonCode: string | null;
    evidence: string;
    evidenceDigest: string;
    receiptDigest: string | null;
  },
): Promise<void> {
  const { verdict, reasonCode, evidence, evidenceDigest, receiptDigest } = result;
  await client.query(finish, [id, verdict, reasonCode, evidence, evidenceDigest, receiptDigest]);
}

/** Which of these receipts a passed attempt stands behind. */
export async function knownReceipts(client: ClientBase, digests: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ receipt_digest: string }>(passedReceipts, [digests]);
  return new Set(rows.map((row) => row.receipt_digest));
}

/** The evidence that attempts left behind, as it was written. */
export async function evidenceOfAttempts(client: ClientBase, ids: readonly number[]) {
  type Row = { id: number; gate: string; evidence: string | null; evidenceDigest: string | null };
  const { rows } = await client.query<Row>(evidenceOf, [ids]);
  return rows;
}

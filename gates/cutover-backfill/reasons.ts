import { type Reason, reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-backfill, and of the replication that it starts. */
export const cutoverBackfillReasons = {
  CANDIDATE_NOT_READY: reason(
    'cutover-backfill',
    'failed',
    'The target is not the candidate that the schema stage has made, or it was refused.',
    'Run again: the schema stage builds anew.',
  ),
  BACKFILL_SOURCE_WRITABLE: reason(
    'cutover-backfill',
    'failed',
    'Strategy copy carries rows of a source that nobody writes to, and the writes of this one are not stopped.',
    'Stop the writes with `npm run freeze`, then run again; or use strategy replicate.',
  ),
  REPLICATION_IDENTITY_MISSING: reason(
    'cutover-backfill',
    'failed',
    'A table has nothing by which logical replication knows its rows: once published, updates and deletes of it would fail.',
    'Give it a primary key, or `alter table … replica identity full` (of a partitioned table: every partition).',
  ),
  REPLICATION_UNLOGGED: reason(
    'cutover-backfill',
    'failed',
    'A table is unlogged: logical replication does not carry its rows.',
    'Make it logged (`alter table … set logged`), or use strategy copy.',
  ),
  REPLICATION_REFUSED: reason(
    'cutover-backfill',
    'failed',
    'A server does not let the publication, the slot or the subscription be made.',
    'Mend what the server says (wal_level, rights, free slots and workers, the same tables on both sides), then run again.',
  ),
  REPLICATION_SLOT_TAKEN: reason(
    'cutover-backfill',
    'failed',
    'The name of the replication slot is taken by something that is not of this cutover, or another target reads from it.',
    'Where the cutover had another target, destroy it first: its state knows how to end that replication. Else give the cutover another id, or drop that slot if nobody needs it.',
  ),
  REPLICATION_SLOT_WAITS: reason(
    'cutover-backfill',
    'errored',
    'A replication slot begins once all transactions that are open have ended, and one of them did not in time.',
    'End the transaction that is named, or wait for it; then run again.',
  ),
  REPLICATION_ELSEWHERE: reason(
    'cutover-backfill',
    'failed',
    "The target's server does not reach the source under the URL that it was given, or reaches another database.",
    "Set the variable that is named to the source's direct URL as the target's server sees it.",
  ),
  REPLICATION_SLOT_LOST: reason(
    'cutover-backfill',
    'failed',
    'The source does not keep the WAL any more that the target still needs: the slot is lost, or about to be.',
    'Raise max_slot_wal_keep_size on the source or wait for a calmer hour, then run again: the backfill begins anew.',
  ),
  REPLICATION_LOST: reason(
    'cutover-backfill',
    'failed',
    'What replicates to the candidate is gone or is not as it was made, so the candidate cannot catch up any more.',
    'Run again: the candidate is built anew.',
  ),
  REPLICATION_FAILING: reason(
    'cutover-backfill',
    'errored',
    'The subscription stops with errors again and again.',
    "Read why in the target server's log (rows written to the target by hand, rights, a broken network), then run again.",
  ),
  REPLICATION_LEFT: reason(
    'cutover-backfill',
    'errored',
    'Publication, slots or subscription could not be taken away; a slot that is left makes the source keep its WAL.',
    'Make that side reachable and run again, or drop by hand what is named.',
  ),
} as const satisfies Record<string, Reason>;

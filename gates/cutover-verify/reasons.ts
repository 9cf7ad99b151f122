import { type Reason, reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-verify. */
export const cutoverVerifyReasons = {
  FEED_REFUSED: reason(
    'cutover-verify',
    'inconclusive',
    'The source does not let its changes be followed from a slot.',
    'Mend what the server says (wal_level = logical, a free slot, a role with REPLICATION, the publication), then run again.',
  ),
  FEED_LOST: reason(
    'cutover-verify',
    'inconclusive',
    'The slot from which changes are read is gone, or no longer has all of them: which rows changed is not known.',
    'Raise max_slot_wal_keep_size if the slot fell behind, then `npm run cutover`: it verifies again, and the new root wants a new approval.',
  ),
  FEED_UNREADABLE: reason(
    'cutover-verify',
    'inconclusive',
    'A change of the source could not be understood: which rows changed is not known.',
    'Change no schema during a cutover; then `npm run cutover`, which verifies again from the beginning.',
  ),
  TABLE_MOVING: reason(
    'cutover-verify',
    'inconclusive',
    'A table changes while it is verified, in a way that does not tell which of its rows are settled.',
    'Freeze writes first, or give the table a primary key, then verify again.',
  ),
} as const satisfies Record<string, Reason>;

import { type Reason, reason } from '../kernel/reason.ts';

const again = 'npm run rehearse-rollback, then `npm run cutover` again.';

/** Reasons of gate cutover-gate. */
export const cutoverGateReasons = {
  APPROVAL_MISSING: reason(
    'cutover-gate',
    'inconclusive',
    'Nobody has approved the root of the candidate yet.',
    'The reviewer runs `npm run approve -- <root>` with the root that is named; then `npm run cutover` again.',
  ),
  APPROVAL_OF_OTHER: reason(
    'cutover-gate',
    'failed',
    'What was approved is another root or another plan: something changed after the approval.',
    'Look at what changed (evidence of cutover-verify), then have the root approved that is there now.',
  ),
  APPROVAL_BY_OPERATOR: reason(
    'cutover-gate',
    'failed',
    'The root was approved by the identity that carries the cutover out, or by one that is not the reviewer.',
    'The reviewer approves it, as a role of its own on the server of the source.',
  ),
  WAY_BACK_NOT_REHEARSED: reason(
    'cutover-gate',
    'failed',
    'There is no evidence that the way back was rehearsed.',
    again,
  ),
  WAY_BACK_UNREADABLE: reason('cutover-gate', 'inconclusive', 'The evidence of a rehearsal cannot be read.', again),
  WAY_BACK_NOT_APPROVED: reason(
    'cutover-gate',
    'inconclusive',
    'The rehearsal of another stack is in a file that nobody approved: a new one, or one that was changed since.',
    'The reviewer compares the SHA-256 with what `npm run rehearse-rollback` printed there, and runs `npm run approve -- <sha256>`.',
  ),
  WAY_BACK_FAILED: reason(
    'cutover-gate',
    'failed',
    'The rehearsal of the way back did not end well, or the last one that was begun left no record.',
    again,
  ),
  WAY_BACK_EXPIRED: reason('cutover-gate', 'failed', 'The rehearsal of the way back is too long ago.', again),
  WAY_BACK_SLOW: reason(
    'cutover-gate',
    'failed',
    'The way back took longer in the rehearsal than it may.',
    'Find the slow step in the evidence of the rehearsal and mend it, or allow more in cutover.rehearsal.minutes.',
  ),
  WAY_BACK_OF_OTHER: reason(
    'cutover-gate',
    'failed',
    'What was rehearsed is another plan, or was on other versions: strategy, mapping, checks or migrations are others now.',
    again,
  ),
} as const satisfies Record<string, Reason>;

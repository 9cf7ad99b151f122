import { type Reason, reason } from '../kernel/reason.ts';

// What keeps the source from standing still says nothing of the candidate: those reasons are no `failed`, which would end the
// cutover and have the candidate built anew.

/** Reasons of gate cutover-flip, and of the way back. */
export const cutoverFlipReasons = {
  FREEZE_FORBIDDEN: reason(
    'cutover-flip',
    'errored',
    'The operator of a database may not stop its writers: settings, rights or sessions of others are beyond its rights.',
    "Give the operator ownership of the database, the admin option on the writing roles, membership of the tables' owners, pg_signal_backend and pg_monitor.",
  ),
  FREEZE_INCOMPLETE: reason(
    'cutover-flip',
    'inconclusive',
    'Something could still write to the database after its writers were stopped. A flip opens it again at once, unless it was frozen by hand before.',
    'End or reconfigure what is named, then run again; after `npm run freeze` open the database with `npm run thaw`.',
  ),
  PROBE_WROTE: reason(
    'cutover-flip',
    'inconclusive',
    'A write of a role that was stopped was not refused. A flip opens the database again at once, unless it was frozen by hand before.',
    "Look at the role's settings, memberships and rights, then run again; after `npm run freeze` open it with `npm run thaw`.",
  ),
  THAW_INCOMPLETE: reason(
    'cutover-flip',
    'errored',
    'Rights or settings that the freeze took are not back.',
    'Run `npm run thaw` again; what is missing is named, and is in sallyport.cutover_event.',
  ),
  LAG_NOT_DRAINED: reason(
    'cutover-flip',
    'inconclusive',
    'The target had not applied all of the frozen source in time; the source was opened again.',
    'Look at the lag of the subscription, raise freeze.drainSeconds, then run `npm run cutover` again.',
  ),
  SEQUENCE_NOT_CARRIED: reason(
    'cutover-flip',
    'failed',
    'A sequence of the target could not be set as the source has it.',
    'Compare the schemas of both sides: a sequence is missing, or something else moves it.',
  ),
  POINTER_MISSING: reason(
    'cutover-flip',
    'errored',
    'The platform has no pointer: nothing can give the application another database.',
    'Carry the flip out on a platform with a pointer: the local one, or Azure.',
  ),
  POINTER_DIVIDED: reason(
    'cutover-flip',
    'inconclusive',
    'The apps do not all have the same database in secret database-url-app: a pointing was cut off, or somebody changed one.',
    'Run what was cut off again (`npm run cutover`, or `npm run way-back`): it finishes it. Where nothing was, `pulumi up` of the promotion stack declares the secret in every app.',
  ),
  POINTER_UNREADABLE: reason(
    'cutover-flip',
    'errored',
    'Secret database-url-app of an app is not what a promotion declares: which database the app has cannot be told, or not be changed.',
    'Promote the release that serves once more, so that the secret is as it is declared; look at platform.users in the cutover stack.',
  ),
  POINTER_MOVED: reason(
    'cutover-flip',
    'inconclusive',
    'The pointer is not where the cutover left it: somebody moved it.',
    'Find out who writes to which database; then move it back, or go back with `npm run way-back`.',
  ),
  APP_NOT_AS_SERVED: reason(
    'cutover-flip',
    'errored',
    'A new revision of an app would not be the program that serves.',
    'Promote the release that is to serve once more, so that its revision is the newest and has all traffic.',
  ),
  CANDIDATE_NOT_VERIFIED: reason(
    'cutover-flip',
    'errored',
    'The target is not a candidate that was verified.',
    'Run the stages before the flip again: `npm run cutover`.',
  ),
  BACK_IMPOSSIBLE: reason(
    'cutover-flip',
    'errored',
    'What is written on the target cannot be followed, and the plan asks for a way back without loss.',
    'Set wal_level of the target to logical and restart it, or set reverse to false.',
  ),
  BACK_STUCK: reason(
    'cutover-flip',
    'inconclusive',
    'The source does not follow the target any more: going back would lose what was written since.',
    'Look at the subscription on the source and its log; or accept the loss with `npm run way-back -- --accept-loss`.',
  ),
  FLIP_UNFINISHED: reason(
    'cutover-flip',
    'inconclusive',
    'A flip or a rehearsal was begun, and neither finished nor taken back.',
    'Run again what was cut off: `npm run cutover` goes on with a flip, or back to the source; `npm run rehearse-rollback` goes back from a rehearsal first.',
  ),
  WAY_BACK_UNFINISHED: reason(
    'cutover-flip',
    'inconclusive',
    'A way back was begun and not finished.',
    'Finish it: `npm run way-back`.',
  ),
  NOTHING_TO_GO_BACK_FROM: reason(
    'cutover-flip',
    'errored',
    'There is no finished flip to go back from.',
    'Run `npm run cutover` to finish one that is under way; it goes back by itself where it cannot.',
  ),
  TARGET_ANSWERS: reason(
    'cutover-flip',
    'failed',
    'The target was said to be gone, and it answers: two databases would take writes.',
    'Go back with `npm run way-back`, which closes the target first.',
  ),
  LOSS_NOT_ACCEPTED: reason(
    'cutover-flip',
    'inconclusive',
    'Going back would lose what was written on the target, or it is not known whether it would.',
    'Accept it with `npm run way-back -- --accept-loss`, or stay.',
  ),
  PROMOTED_SINCE_FLIP: reason(
    'cutover-flip',
    'errored',
    'Another release was accepted on the target since the flip: the source has neither its schema nor its record.',
    'There is no way back by command any more, also where that release was rolled back since: go forward on the target, or roll back within it (`npm run rollback`).',
  ),
} as const satisfies Record<string, Reason>;

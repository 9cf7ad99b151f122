import { type Reason, reason } from '../kernel/reason.ts';

/** Reasons that several gates of a cutover have. */
export const cutoverReasons = {
  SIDE_NOT_NAMED: reason(
    'cutover',
    'failed',
    'A variable that has to name a database is not set.',
    'Fill in cutover.env from cutover.env.example, or export the variable.',
  ),
  SIDE_MOVED: reason(
    'cutover',
    'failed',
    'A variable names another database than the plan was made with.',
    'Set the variable back, or begin the cutover anew with `npm run cutover`.',
  ),
  CANDIDATE_UNFINISHED: reason(
    'cutover',
    'failed',
    'The database is the candidate of a cutover, and was not proven or not flipped to.',
    'Use the database that serves; or finish the cutover that is building this one.',
  ),
  DATABASE_LEFT: reason(
    'preflight',
    'failed',
    'The application was moved from this database to another one, which the stack does not name.',
    'Name the database that serves: sallyport:platform.server and sallyport:platform.database, as docs/cutover.md has it. To stay here after all: `npm run way-back`.',
  ),
  WORK_BUSY: reason(
    'cutover',
    'inconclusive',
    'Another process is doing the same work on the target.',
    'Wait until it has ended, or end it, then run again.',
  ),
  WORK_FAILED: reason(
    'cutover',
    'errored',
    'A piece of work failed three times.',
    'Mend what the server says, then run again: what is done stays done.',
  ),
  WORKERS_LOST: reason(
    'cutover',
    'inconclusive',
    'No worker is left, and not all of the work is done.',
    'Look at what ended them (their last lines, memory), then run again: what is done stays done.',
  ),
  WORKER_JOB_NOT_AS_NEEDED: reason(
    'cutover',
    'errored',
    'The job whose executions work for the cutover is not there, or has no command, or not the variables with the URLs.',
    'Run `npm run cutover` for the whole stack, without --target: it declares the job from sallyport:cutover.job.',
  ),
  COPY_SOURCE_CHANGED: reason(
    'cutover',
    'inconclusive',
    'A table of the source was rewritten, or is another one, while it was being copied.',
    'Keep vacuum full, cluster and migrations away from the frozen source, then run again: the copy begins anew.',
  ),
  COPY_NOT_POSSIBLE: reason(
    'cutover',
    'failed',
    'The strategy copy cannot carry a table as it is.',
    'Do what the finding needs, or use the strategy replicate.',
  ),
} as const satisfies Record<string, Reason>;

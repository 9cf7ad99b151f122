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
} as const satisfies Record<string, Reason>;

import { type Reason, reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-flip. */
export const cutoverFlipReasons = {
  FREEZE_FORBIDDEN: reason(
    'cutover-flip',
    'failed',
    'The operator of a database may not stop its writers: settings, rights or sessions of others are beyond its rights.',
    'Give the operator ownership of the database, the admin option on the writing roles, membership of the tables’ owners, pg_signal_backend and pg_monitor.',
  ),
  FREEZE_INCOMPLETE: reason(
    'cutover-flip',
    'failed',
    'Something could still write to the database after its writers were stopped; it was opened again.',
    'End or reconfigure what is named, then run `pulumi up` again.',
  ),
  PROBE_WROTE: reason(
    'cutover-flip',
    'failed',
    'A write of a role that was stopped was not refused.',
    'Look at the role’s settings, memberships and rights; nothing was moved.',
  ),
  THAW_INCOMPLETE: reason(
    'cutover-flip',
    'errored',
    'Rights or settings that the freeze took are not back.',
    'Run `npm run thaw` again; what is missing is named, and is in sallyport.cutover_event.',
  ),
} as const satisfies Record<string, Reason>;

import { type Reason, reason } from '../kernel/reason.ts';

const failed = (means: string, recovery: string) => reason('cutover-preflight', 'failed', means, recovery);

/** Reasons of gate cutover-preflight. */
export const cutoverPreflightReasons = {
  TARGET_NOT_EMPTY: failed(
    'The target has something in it that is not of this cutover.',
    'Name an empty database as the target; nothing of the one named was changed.',
  ),
  TARGET_SERVES: failed(
    'The target serves already: this cutover was carried out.',
    'Begin another cutover under another id, with another target.',
  ),
} as const satisfies Record<string, Reason>;

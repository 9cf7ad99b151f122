import { type Reason, reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-watch. */
export const cutoverWatchReasons = {
  POINTER_ELSEWHERE: reason(
    'cutover-watch',
    'failed',
    'The application is not pointed to the candidate.',
    'Look who pointed it elsewhere (`npm run way-back` does), then `npm run cutover` again.',
  ),
} as const satisfies Record<string, Reason>;

import type { Reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-watch. */
export const cutoverWatchReasons = {} as const satisfies Record<string, Reason>;

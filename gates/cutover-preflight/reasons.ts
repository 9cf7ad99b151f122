import type { Reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-preflight. */
export const cutoverPreflightReasons = {} as const satisfies Record<string, Reason>;

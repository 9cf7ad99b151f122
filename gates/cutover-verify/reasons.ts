import type { Reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-verify. */
export const cutoverVerifyReasons = {} as const satisfies Record<string, Reason>;

import type { Reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-gate. */
export const cutoverGateReasons = {} as const satisfies Record<string, Reason>;

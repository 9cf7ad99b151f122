import type { Reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-flip. */
export const cutoverFlipReasons = {} as const satisfies Record<string, Reason>;

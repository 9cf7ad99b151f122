import type { Reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-backfill. */
export const cutoverBackfillReasons = {} as const satisfies Record<string, Reason>;

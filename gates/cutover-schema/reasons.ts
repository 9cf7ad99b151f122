import type { Reason } from '../kernel/reason.ts';

/** Reasons of gate cutover-schema. */
export const cutoverSchemaReasons = {} as const satisfies Record<string, Reason>;

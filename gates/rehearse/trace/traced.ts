import type { Effects } from './snapshot.ts';

/** A statement as it came over the wire, and what it did. Relations are oids of the shadow. */
export interface TracedStatement extends Effects {
  readonly sql: string;
  readonly kind: string;
  /** Statements with the same number were one transaction. */
  readonly transaction: number;
  readonly alone: boolean;
  readonly waiting: boolean;
  readonly buildsIndex?: string;
  readonly ms: number;
  /** SQLSTATE and message, where it failed. */
  readonly error?: { readonly code: string; readonly message: string };
}

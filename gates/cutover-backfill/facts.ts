import type { ClientBase } from 'pg';
import { z } from 'zod';
import type { Candidate } from '../cutover/candidate.ts';
import type { Plan } from '../cutover/plan.ts';
import type { StartWorkers } from '../cutover/work/workers.ts';
import type { OpenSession } from '../verify/snapshot.ts';

/** What the schema stage hands on: which build the target is, and between which databases. */
export const schemaReceipt = z.object({ build: z.string(), sourceId: z.string(), targetId: z.string() });

/** What the gate sees before it carries rows. */
export interface BackfillFacts {
  readonly candidate: Candidate | undefined;
  readonly sourceId: string;
  readonly targetId: string;
  /** Strategy copy: what the source has been frozen since, an opaque text; undefined while it is not. */
  readonly frozen: string | undefined;
}

/** One table as it was carried over. */
export const carriedTable = z.object({
  table: z.string(),
  /** On the target when it had been analyzed: an estimate for large tables; verification counts. */
  rows: z.number().nullable(),
  bytes: z.number(),
  /** Null where another run copied it, or too quickly to be seen. */
  seconds: z.number().nullable(),
});

/** What the backfill came to. */
export interface BackfillDone {
  /** `new`: begun by this attempt; `resumed`: by one before it. */
  readonly begun: 'new' | 'resumed';
  readonly tables: readonly z.infer<typeof carriedTable>[];
  /** Milliseconds of the parts. */
  readonly ms: { readonly copy: number; readonly restore: number; readonly catchUp: number };
  /** Strategy replicate: the target has everything of the source before it, and how long it needed for the last of it. */
  readonly caughtUp: { readonly lsn: string; readonly ms: number } | undefined;
}

/** What the copy of a frozen source is given. */
export interface CopyRequest {
  readonly source: OpenSession;
  readonly target: OpenSession;
  readonly plan: Plan;
  readonly build: string;
  /** What the source is frozen since: chunks of another time are copied anew. */
  readonly epoch: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Who copies, where that is not this process. */
  readonly start?: StartWorkers;
}

/** What the gate takes from the other parts of a cutover. */
export interface BackfillParts {
  /** Puts off secondary indexes and foreign keys of the target. Idempotent. */
  deferSlow(target: ClientBase): Promise<unknown>;
  /** Makes them again, and checks the rows by them. Idempotent. No statement takes longer than that. */
  restoreSlow(target: ClientBase, say: (line: string) => void, statementMs: number): Promise<unknown>;
  /** Copies every table of a frozen source. */
  copyAll(request: CopyRequest): Promise<unknown>;
  /** What the source has been frozen since by this cutover; undefined while it is not. */
  frozenSince(ledger: ClientBase, plan: Plan): Promise<string | undefined>;
}

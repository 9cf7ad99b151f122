import { z } from 'zod';
import { cutoverInputs } from '../cutover/plan.ts';
import type { RehearsalRecord } from '../cutover/rehearsal-record.ts';
import type { Approval } from '../kernel/ledger/approval.ts';

export const cutoverGateInputs = cutoverInputs.extend({
  /** File with the evidence of a rehearsal, relative to the project. */
  rehearsal: z.string(),
});

export type CutoverGateInputs = z.infer<typeof cutoverGateInputs>;

/** A rehearsal's evidence: what it says, or why it says nothing. */
export type FoundRehearsal =
  | {
      readonly kind: 'found';
      readonly record: RehearsalRecord;
      readonly sha256: string;
      /** Of another stack, which was named: the ledger here knows this stack's own ones only, so the reviewer approves it. */
      readonly foreign: boolean;
      /** The ledger has this file as a rehearsal of this cutover. */
      readonly onRecord: boolean;
      /**
       * When the last rehearsal of this pair was begun, as PostgreSQL has it, where this file is not its record: that one came to
       * no end, or was cut off. Not where the file is of another stack and that one is known to have ended well.
       */
      readonly unanswered: string | undefined;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** What the gate has seen. */
export interface CutoverGateFacts {
  readonly now: Date;
  /** As the candidate was verified. */
  readonly root: string;
  readonly plan: string;
  readonly shape: string;
  /** Major versions of source and target, as preflight saw them. */
  readonly majors: readonly [number, number];
  /** The roles of those who carry the cutover out, as the source's server calls them. */
  readonly operators: readonly string[];
  /** Newest first. What was approved before the application came back from the target is not: something was wrong with it. */
  readonly approvals: readonly Approval[];
  readonly wentBack: boolean;
  readonly rehearsal: FoundRehearsal;
  /** A rehearsal was begun and has not gone back: the source may take no writes. */
  readonly cutOff: boolean;
}

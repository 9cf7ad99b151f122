import { z } from 'zod';
import type { DatabaseAddress } from '../../infra/platform.ts';
import { cutoverInputs } from '../cutover/plan.ts';
import type { Flipped } from '../cutover/steps/run-flip.ts';

export const cutoverFlipInputs = cutoverInputs.extend({
  probe: z.strictObject({
    /** The header in which an answer says which revision gave it. */
    header: z.string(),
    /** Answers in a row that must come from the new revision. */
    answers: z.number().int().positive(),
    /** How long the weights may take to show at the public address, in seconds. */
    seconds: z.number().int().positive(),
  }),
  /** How long old revisions may take to drain, and new ones to become healthy, in seconds. */
  drainSeconds: z.number().int().positive(),
  healthSeconds: z.number().int().positive(),
});

export type CutoverFlipInputs = z.infer<typeof cutoverFlipInputs>;

/** Where things stand before the flip. */
export interface CutoverFlipFacts {
  /** What the pointer says; undefined where the platform has none. */
  readonly pointed: DatabaseAddress | undefined;
  /** State of the run that the ledger has, and of the candidate. */
  readonly run: string | undefined;
  readonly candidate: string | undefined;
}

/** What the flip came to; `from` and `to` as they are shown. */
export interface CutoverFlipDone extends Flipped {
  readonly from: string;
  readonly to: string;
}

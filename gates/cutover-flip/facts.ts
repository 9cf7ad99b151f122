import type { z } from 'zod';
import type { DatabaseAddress } from '../../infra/platform.ts';
import { cutoverInputs } from '../cutover/plan.ts';
import type { Flipped } from '../cutover/steps/run-flip.ts';
import { rolloutInputs } from '../flip/facts.ts';

export const cutoverFlipInputs = cutoverInputs.extend(rolloutInputs);

export type CutoverFlipInputs = z.infer<typeof cutoverFlipInputs>;

/** Where things stand before the flip. */
export interface CutoverFlipFacts {
  /** Whether the platform has a pointer. */
  readonly pointer: boolean;
  /** What it says; undefined while a run is under way, which may have moved it in part and knows by its journal how far. */
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

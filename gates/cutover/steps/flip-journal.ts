import type { ClientBase } from 'pg';
import { z } from 'zod';
import { databaseAddressSchema } from '../../kernel/addresses.ts';
import { sha256 } from '../../kernel/digest.ts';
import { type CutoverEvent, cutoverEvents, recordEvent } from '../../kernel/ledger/cutover-event.ts';
import type { Plan } from '../plan.ts';

/** Steps that begin and end a run, beside those that {@link ./run-steps.ts} writes for what it has done. */
export const runSteps = {
  begun: 'flip: begun',
  undoing: 'flip: undoing',
  undone: 'flip: undone',
  finished: 'flip: finished',
  backBegun: 'way back: begun',
  backGivenUp: 'way back: given up',
  backFinished: 'way back: finished',
} as const;

const begunSchema = z.object({ rehearsal: z.boolean(), from: databaseAddressSchema });

/**
 * The run of a flip that the ledger has, and where it stands: `flipping` was begun and not finished, `undoing` has to go back,
 * `flipped` is finished, `returning` is on the way back from there. None where nothing is under way: it went back, or never began.
 */
export interface FlipRun {
  /** Of the event that began it. */
  readonly id: number;
  /** Names its revisions. Ids begin anew in the ledger of another source, while the apps keep the revisions of earlier cutovers. */
  readonly mark: string;
  readonly state: 'flipping' | 'undoing' | 'flipped' | 'returning';
  readonly rehearsal: boolean;
  /** What the pointer said before. */
  readonly from: z.infer<typeof databaseAddressSchema>;
  /** Step → its event, of what is done. */
  readonly done: ReadonlyMap<string, CutoverEvent>;
}

/** Reads it. */
export async function readFlipRun(ledger: ClientBase, { id }: Pick<Plan, 'id'>): Promise<FlipRun | undefined> {
  const events = await cutoverEvents(ledger, id);
  const at = events.findLastIndex(({ step }) => step === runSteps.begun);
  const begun = events[at];
  if (begun === undefined) return undefined;
  const all = events.slice(at + 1);
  // A way back that was given up is none: what it had done before counts for nothing.
  const givenUp = all.findLastIndex(({ step }) => step === runSteps.backGivenUp);
  const since = all.filter(({ step }, index) => index > givenUp || !step.startsWith('way back: '));
  const has = (step: string) => since.find((event) => event.step === step);
  if (has(runSteps.undone) || has(runSteps.backFinished)) return undefined;
  const back = has(runSteps.backBegun);
  const state = back
    ? 'returning'
    : has(runSteps.finished)
      ? 'flipped'
      : has(runSteps.undoing)
        ? 'undoing'
        : 'flipping';
  return {
    id: begun.id,
    mark: `${begun.id}x${sha256(String(timeOf(begun))).slice(0, 4)}`,
    state,
    ...begunSchema.parse(begun.detail),
    done: new Map(since.map((event) => [event.step, event])),
  };
}

/** Begins a run, before anything is changed. */
export async function beginFlipRun(
  ledger: ClientBase,
  plan: Pick<Plan, 'id'>,
  detail: Pick<FlipRun, 'rehearsal' | 'from'>,
): Promise<FlipRun> {
  await recordEvent(ledger, plan.id, runSteps.begun, { ...detail });
  const run = await readFlipRun(ledger, plan);
  if (run === undefined) throw new Error('the ledger has no run after its begin; needed the one that was written');
  return run;
}

/** When an event was, in milliseconds since 1970. */
export function timeOf({ at }: Pick<CutoverEvent, 'at'>): number {
  return Date.parse(at);
}

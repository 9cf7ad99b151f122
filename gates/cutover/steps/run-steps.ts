import { recordEvent } from '../../kernel/ledger/cutover-event.ts';
import { seconds } from '../../kernel/progress.ts';
import type { FlipContext } from './flip-context.ts';
import { timeOf } from './flip-journal.ts';

/** A step that was done, and what it says for the evidence. */
export interface StepDone {
  readonly step: string;
  readonly ms: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Does steps in their order and puts each on record when it is done; one that an earlier run has done is passed over. */
export interface StepRunner {
  run(
    step: string,
    work: () => Promise<Record<string, unknown> | undefined>,
  ): Promise<Readonly<Record<string, unknown>>>;
  readonly done: readonly StepDone[];
}

/** `kind` is the run that the steps are of: `flip`, `undo`, `way back`. */
export function stepRunner(
  { ledger, plan, world }: Pick<FlipContext, 'ledger' | 'plan' | 'world'>,
  kind: string,
  before: ReadonlyMap<string, { readonly at: string; readonly detail: Readonly<Record<string, unknown>> }>,
): StepRunner {
  const done: StepDone[] = [];
  return {
    done,
    run: async (step, work) => {
      const name = `${kind}: ${step}`;
      const earlier = before.get(name);
      if (earlier !== undefined) {
        const { ms, ...detail } = earlier.detail;
        done.push({ step, ms: Number(ms), detail });
        world.say(`${step} was done ${new Date(timeOf(earlier)).toISOString()}`);
        return detail;
      }
      world.signal.throwIfAborted();
      const since = performance.now();
      const detail = (await work()) ?? {};
      const ms = Math.round(performance.now() - since);
      await recordEvent(ledger, plan.id, name, { ms, ...detail });
      world.say(`${step} … ${seconds(since)}`);
      done.push({ step, ms, detail });
      return detail;
    },
  };
}

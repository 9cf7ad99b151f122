import type { CutoverFlipInputs } from './facts.ts';

/** How long the last comparison, the sequences and the ledger may take together, in seconds. */
const settleSeconds = 600;

/** Apps that the bound leaves time for: how many there are is in the ledger, with the release that serves. */
const apps = 10;

function rollSeconds({ healthSeconds, probe, drainSeconds }: CutoverFlipInputs): number {
  return apps * (healthSeconds + probe.seconds) + drainSeconds + 30;
}

/** How long a flip may take before it goes back, in seconds. */
export function flipSeconds(inputs: CutoverFlipInputs): number {
  const { graceSeconds, drainSeconds } = inputs.plan.freeze;
  return graceSeconds + drainSeconds + settleSeconds + 2 * rollSeconds(inputs);
}

/** How long going back may take, in seconds. */
export function undoSeconds(inputs: CutoverFlipInputs): number {
  return 60 + rollSeconds(inputs);
}

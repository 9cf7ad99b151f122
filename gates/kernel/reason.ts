/** How a blocking finding ends its gate: it looked and says no, could not look, or could not tell. */
export type Outcome = 'failed' | 'errored' | 'inconclusive';

/** One reason: whose it is, how it ends a gate, what it means, and what to do. */
export interface Reason {
  readonly gate: string;
  readonly outcome: Outcome;
  readonly means: string;
  readonly recovery: string;
}

/** An entry of the catalogue. */
export function reason(gate: string, outcome: Outcome, means: string, recovery: string): Reason {
  return { gate, outcome, means, recovery };
}

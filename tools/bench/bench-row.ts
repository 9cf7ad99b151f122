/** One line of the bench: what is ours, what it is measured against in the same run, and what it must not exceed. */
export interface BenchRow {
  readonly name: string;
  /** In `unit`. */
  readonly ours: number;
  /** In `unit`; absent where the figure stands alone. */
  readonly other?: number;
  readonly unit: string;
  /** `ours / other`, or what the row says it is. */
  readonly ratio?: number;
  /** What the ratio, or `ours` where there is none, may be at the most; absent where it is only reported. */
  readonly limit?: number;
  readonly note: string;
}

/** The median of some figures. @throws TypeError when there are none. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 50);
}

/** The nearest-rank percentile of some figures. @throws TypeError when there are none. */
export function percentile(figures: readonly number[], percent: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (found === undefined) throw new TypeError('no figures to take a percentile of');
  return found;
}

/** Whether a row keeps its limit. */
export function keeps(row: BenchRow): boolean {
  return row.limit === undefined || (row.ratio ?? row.ours) <= row.limit;
}

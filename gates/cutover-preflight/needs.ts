import type { PreflightFacts } from './facts.ts';

/** Beside the rows: sorting for the indexes, and WAL of the load. An estimate. */
const loadFactor = 1.5;

/** What the disks will have to hold, in bytes: the target all of it, the source the WAL that it may have to keep back. */
export function needsOf({ plan, source }: Pick<PreflightFacts, 'plan' | 'source'>) {
  return {
    targetBytes: Math.ceil(source.bytes * loadFactor),
    walBytes: plan.strategy === 'replicate' ? plan.backfill.maxLagMegabytes * 1024 ** 2 : 0,
  };
}

/** How far the copying is, and what may be copied at once. */
export interface CopyLoad {
  /** Tables that wait, with their pages, in the order in which they shall begin. */
  readonly waiting: readonly { readonly name: string; readonly pages: number }[];
  /** Tables that are being copied now. */
  readonly copying: number;
  /** The plan's bound of connections that carry rows. */
  readonly workers: number;
  /** The target's max_sync_workers_per_subscription: more tables than these wait there. */
  readonly syncWorkers: number;
}

/** 64 MB: what may be given out beyond the free workers, so that small tables do not restart the subscription one by one. */
const extraPages = 8192;

/**
 * The tables that may begin now. Where the target's own bound is the narrower one, small tables are given out in advance;
 * otherwise never more than there are free workers.
 */
export function nextTables({ waiting, copying, workers, syncWorkers }: CopyLoad): readonly string[] {
  const free = Math.min(workers, Math.max(1, syncWorkers)) - copying;
  if (free <= 0) return [];
  const taken = waiting.slice(0, free);
  if (syncWorkers <= workers) {
    let pages = 0;
    for (const table of waiting.slice(free)) {
      pages += Math.max(1, table.pages);
      if (pages > extraPages) break;
      taken.push(table);
    }
  }
  return taken.map(({ name }) => name);
}

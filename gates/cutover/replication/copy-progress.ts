import type { TableProgress } from './replication-state.ts';

/** How long a table took, as it was seen. */
export interface CopiedTable {
  readonly name: string;
  /** Milliseconds from when it was first seen copying; undefined where that was before this run. */
  readonly ms: number | undefined;
}

const done = (table: TableProgress) => table.state === 's' || table.state === 'r';

/** Rows that were copied, and all there are by the source's estimate; a table without one counts for what was seen. */
export function rowsOf(tables: readonly TableProgress[]): { readonly copied: number; readonly total: number } {
  let [copied, total] = [0, 0];
  for (const table of tables) {
    const rows = done(table) ? (table.total ?? 0) : (table.rows ?? 0);
    copied += rows;
    total += Math.max(rows, table.total ?? 0);
  }
  return { copied, total };
}

/** One line on an initial copy. `sinceMs` and `before`: how long this run has been copying, and the rows before it. */
export function progressLine(tables: readonly TableProgress[], sinceMs: number, before: number): string {
  const ready = tables.filter(done).length;
  const { copied, total } = rowsOf(tables);
  const rate = sinceMs > 0 ? ((copied - before) * 1000) / sinceMs : 0;
  const current = tables.filter(({ state }) => state === 'd' || state === 'f').map(({ name }) => name);
  const parts = [
    `${ready}/${tables.length} tables`,
    // Without statistics on the source nothing is known of the whole.
    ...(total > copied || copied > 0 ? [`${count(copied)} of about ${count(total)} rows`] : []),
    ...(rate >= 1 ? [`${count(rate)} rows/s`, `about ${Math.ceil((total - copied) / rate)} s left`] : []),
    ...(current.length > 0 ? [`copying ${current.slice(0, 3).join(', ')}`] : []),
  ];
  return parts.join(', ');
}

/** 12 MB, 1.5 GB. */
export function bytes(size: number): string {
  return size < 2 ** 30 ? `${Math.round(size / 2 ** 20)} MB` : `${(size / 2 ** 30).toFixed(1)} GB`;
}

function count(rows: number): string {
  return Math.round(rows).toLocaleString('en');
}

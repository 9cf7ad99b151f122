import type { ClientBase } from 'pg';
import { blocker, type Finding } from '../kernel/verdict.ts';
import { relationOf, type TableShape } from './table-shape.ts';

/** `fast` reads the statistics collector's estimate, which misses some and counts others twice; `exact` counts. */
export type CountMode = 'fast' | 'exact';

/** Table → its rows; undefined where the server has no estimate. */
export type Counts = ReadonlyMap<string, bigint | undefined>;

/** How far two estimates of equal tables may be apart, as a part of the larger one. */
const estimateTolerance = 0.02;

/** The estimate of a partitioned table is that of its partitions. A table that was never analysed has none. */
const readEstimates = `
select coalesce(sum(s.n_live_tup), 0)::text as rows, coalesce(bool_and(greatest(s.last_analyze, s.last_autoanalyze) is not null), true) as known
from unnest($1::text[]) part left join pg_stat_user_tables s on s.relid = part::regclass`;

/** Counts the rows of every table, exactly or as the server estimates them. */
export async function countRows(client: ClientBase, tables: readonly TableShape[], mode: CountMode): Promise<Counts> {
  const counts = new Map<string, bigint | undefined>();
  for (const table of tables) counts.set(table.name, await countOf(client, table, mode));
  return counts;
}

/** Where the target's counts are not the source's. Estimates may be a little apart; no estimate is no answer. */
export function compareCounts(source: Counts, target: Counts, mode: CountMode): readonly Finding[] {
  return [...new Set([...source.keys(), ...target.keys()])].flatMap((table) => {
    const [needed, found] = [source.get(table), target.get(table)];
    if (source.has(table) !== target.has(table)) {
      const present = (side: Counts) => (side.has(table) ? 'a table' : 'no such table');
      return [blocker('TABLE_SHAPE', table, present(target), present(source))];
    }
    if (needed === undefined || found === undefined) {
      return [blocker('COUNT_UNKNOWN', table, 'no statistics', 'an estimate on both sides')];
    }
    if (mode === 'exact' ? needed === found : near(needed, found)) return [];
    const about = mode === 'fast' ? 'about ' : '';
    return [blocker('COUNTS_DIFFER', table, `${about}${found} rows`, `${about}${needed} rows, as the source has`)];
  });
}

async function countOf(client: ClientBase, table: TableShape, mode: CountMode): Promise<bigint | undefined> {
  if (mode === 'exact') {
    const { rows } = await client.query<{ rows: string }>(`select count(*)::text as rows from ${relationOf(table)}`);
    return BigInt(rows[0]?.rows ?? 0);
  }
  const parts = table.parts.map(({ name }) => name);
  const { rows } = await client.query<{ rows: string; known: boolean }>(readEstimates, [parts]);
  return rows[0]?.known ? BigInt(rows[0].rows) : undefined;
}

function near(one: bigint, other: bigint): boolean {
  const [a, b] = [Number(one), Number(other)];
  return Math.abs(a - b) <= Math.max(a, b) * estimateTolerance;
}

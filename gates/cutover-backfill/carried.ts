import type { ClientBase } from 'pg';
import type { z } from 'zod';
import type { CopiedTable } from '../cutover/replication/copy-progress.ts';
import { readTableShapes } from '../verify/table-shape.ts';
import type { carriedTable } from './facts.ts';

const readSizes = `
select coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 as bytes, sum(nullif(c.reltuples, -1))::float8 as rows
from pg_class c where c.oid = any ($1::oid[])`;

/** Brings the target's statistics up to date, which no copy does: the application's plans depend on them from the flip on. */
export async function analyzeTables(target: ClientBase, say: (line: string) => void): Promise<void> {
  const tables = await readTableShapes(target);
  for (const { name } of tables) await target.query(`analyze ${name}`);
  say(`statistics of ${tables.length} tables`);
}

/** What was carried over, table by table, after {@link analyzeTables}. */
export async function carriedTables(
  target: ClientBase,
  copied: readonly CopiedTable[],
): Promise<readonly z.infer<typeof carriedTable>[]> {
  const ms = new Map(copied.map((table) => [table.name, table.ms]));
  const carried: z.infer<typeof carriedTable>[] = [];
  for (const { name, parts } of await readTableShapes(target)) {
    const { rows } = await target.query<{ bytes: number; rows: number | null }>(readSizes, [
      parts.map(({ oid }) => oid),
    ]);
    const seconds = ms.get(name);
    carried.push({
      table: name,
      rows: rows[0]?.rows ?? null,
      bytes: rows[0]?.bytes ?? 0,
      seconds: seconds === undefined ? null : Math.round(seconds / 100) / 10,
    });
  }
  return carried;
}

import { z } from 'zod';

/** Lock modes under which others cannot write, or not even read: the ones that a lock budget is about. */
export const blockingModes: ReadonlySet<string> = new Set([
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
]);

/** Modes of plain reading and writing; they are in nobody's way. */
const everyday = `('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')`;

/**
 * What a session has done so far in its transaction. It runs in that very session: only there is a new relfilenode seen
 * before the commit, and only there are the scans and row changes of an open transaction counted.
 */
export const snapshotQuery = `select pg_catalog.json_build_object(
 'locks', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(l.relation::pg_catalog.int8, l.mode)), '[]')
  from pg_catalog.pg_locks l where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation' and l.granted
  and l.relation >= 16384 and l.mode not in ${everyday}),
 'relations', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(c.oid::pg_catalog.int8,
  coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)::pg_catalog.int8, coalesce(i.indrelid, 0)::pg_catalog.int8,
  pg_catalog.pg_stat_get_xact_numscans(c.oid), pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid)
  + pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) + pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid))), '[]')
  from pg_catalog.pg_class c left join pg_catalog.pg_index i on i.indexrelid = c.oid
  where c.oid >= 16384 and c.relkind in ('r', 'm', 'i') and c.relnamespace <> 99))`; // 99 is pg_toast

const snapshotShape = z.object({
  locks: z.array(z.tuple([z.number(), z.string()])),
  relations: z.array(z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])),
});

/** Relation → what is known of it; relations by oid. */
export interface Snapshot {
  readonly locks: readonly (readonly [number, string])[];
  readonly relations: ReadonlyMap<number, { file: number; table: number; scans: number; changed: number }>;
}

/** Reads a snapshot from the query's answer. */
export function snapshotOf(json: string): Snapshot {
  const { locks, relations } = snapshotShape.parse(JSON.parse(json));
  return {
    locks,
    relations: new Map(
      relations.map(([oid, file, table, scans, changed]) => [oid, { file, table: table || oid, scans, changed }]),
    ),
  };
}

/** What one statement did, relations by oid. */
export interface Effects {
  /** Every lock held after it that is more than reading and writing. */
  readonly locks: readonly (readonly [number, string])[];
  /** Tables written anew. */
  readonly rewritten: readonly number[];
  /** Tables with an index built or rebuilt, once for each. */
  readonly indexed: readonly number[];
  /** Tables read from end to end, once for each time. */
  readonly scanned: readonly number[];
  /** Table → rows inserted, updated and deleted. */
  readonly changed: readonly (readonly [number, number])[];
}

/** The difference that a statement made. */
export function effectsBetween(before: Snapshot, after: Snapshot): Effects {
  const rewritten: number[] = [];
  const indexed: number[] = [];
  const scanned: number[] = [];
  const changed: (readonly [number, number])[] = [];
  for (const [oid, now] of after.relations) {
    const was = before.relations.get(oid);
    const isIndex = now.table !== oid;
    if (isIndex && now.file !== was?.file) indexed.push(now.table);
    if (isIndex) continue;
    if (was !== undefined && was.file !== now.file) rewritten.push(oid);
    for (let scan = was?.scans ?? 0; scan < now.scans; scan += 1) scanned.push(oid);
    const rows = now.changed - (was?.changed ?? 0);
    if (rows > 0) changed.push([oid, rows]);
  }
  return { locks: after.locks, rewritten, indexed, scanned, changed };
}

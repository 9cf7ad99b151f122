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
 * What a session has done so far in its transaction, as `<locks>;<relations>`. It runs in that very session: only there is
 * a new relfilenode seen before the commit, and only there are the scans and row changes of an open transaction counted.
 */
const snapshotQuery = (which: string): string => `with held as materialized (
 select l.relation, l.mode from pg_catalog.pg_locks l
 where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation' and l.granted and l.relation >= 16384)
select pg_catalog.concat(
 (select pg_catalog.string_agg(pg_catalog.concat_ws(' ', h.relation, h.mode), ',') from held h
  where h.mode not in ${everyday}), ';',
 (select pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.oid, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0),
  coalesce(i.indrelid, 0), pg_catalog.pg_stat_get_xact_numscans(c.oid), pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid)
  + pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) + pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)), ',')
  from pg_catalog.pg_class c left join pg_catalog.pg_index i on i.indexrelid = c.oid
  where ${which} and c.relkind in ('r', 'm', 'i') and c.relnamespace <> 99))`; // 99 is pg_toast

/** Every relation. */
export const wholeSnapshot = snapshotQuery('c.oid >= 16384');

/**
 * Only what the open transaction has touched: whatever it reads, changes, builds or writes anew it holds a lock on, until
 * it ends. So a look costs what the transaction did, and not what the schema has.
 */
export const touchedSnapshot = snapshotQuery('c.oid in (select h.relation from held h)');

/** Relation → what is known of it; relations by oid. */
export interface Snapshot {
  readonly locks: readonly (readonly [number, string])[];
  readonly relations: ReadonlyMap<number, { file: number; table: number; scans: number; changed: number }>;
}

/** Reads a snapshot from the query's answer. @throws Error when it is none. */
export function snapshotOf(text: string): Snapshot {
  const [held, touched, ...more] = text.split(';');
  if (held === undefined || touched === undefined || more.length > 0) throw new Error(`no snapshot: ${text}`);
  const locks = entries(held).map((entry) => {
    const [relation, mode] = entry.split(' ');
    if (mode === undefined) throw new Error(`no lock: ${entry}`);
    return [Number(relation), mode] as const;
  });
  const relations = entries(touched).map((entry) => {
    const numbers = entry.split(' ').map(Number);
    const [oid, file, table, scans, changed] = numbers;
    if (oid === undefined || file === undefined || table === undefined || scans === undefined || changed === undefined)
      throw new Error(`no relation: ${entry}`);
    if (numbers.some(Number.isNaN)) throw new Error(`no relation: ${entry}`);
    return [oid, { file, table: table || oid, scans, changed }] as const;
  });
  return { locks, relations: new Map(relations) };
}

function entries(list: string): readonly string[] {
  return list === '' ? [] : list.split(',');
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

/** What is known after a look at what was touched, on top of what was known before it. */
export function snapshotAfter(before: Snapshot, { locks, relations }: Snapshot): Snapshot {
  return { locks, relations: new Map([...before.relations, ...relations]) };
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

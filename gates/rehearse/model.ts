import type { RehearseSettings } from './facts.ts';
import type { TableSize } from './production.ts';
import { blockingModes } from './trace/snapshot.ts';
import type { TracedStatement } from './trace/traced.ts';

/**
 * How fast production is taken to work. The defaults in `rehearseSettings` are assumptions on the slow side for a server
 * that serves with its data on disk; nobody has measured them. Set `sallyport:rehearse.speed` from what production does.
 */
export interface Speed {
  readonly scanBytes: number;
  readonly rewriteBytes: number;
  readonly indexRows: number;
  readonly changeRows: number;
}

/** A speed as the configuration has it: megabytes and rows a second. */
export function speedOf(settings: RehearseSettings['speed']): Speed {
  const { scanMegabytes, rewriteMegabytes, indexRows, changeRows } = settings;
  return { scanBytes: scanMegabytes * 1e6, rewriteBytes: rewriteMegabytes * 1e6, indexRows, changeRows };
}

/** What a statement would do in production. */
export interface Prediction {
  readonly seconds: number;
  /** Table → mode, for the tables of production that nobody else can write or read meanwhile. */
  readonly blocks: ReadonlyMap<string, string>;
}

/** How long a table of production would be blocked, and by what. */
export interface Blocking {
  readonly table: string;
  readonly mode: string;
  readonly seconds: number;
  /** Rows that others write in that time, and that wait. */
  readonly writesWaiting: number;
  /** The statement that takes the most of it, and the migration that it is in. */
  readonly sql: string;
  readonly migration: string;
}

/** A statement and the migration that it came from. */
export type StatementOf = TracedStatement & { readonly migration: string };

/** What a prediction is made from. `tables` names the shadow's relations (indexes by their table) as they were before anything pending ran. */
export interface Scale {
  readonly tables: ReadonlyMap<number, string>;
  readonly production: ReadonlyMap<string, TableSize>;
  /** Table → rows in the shadow, for the share of rows that a statement changes. */
  readonly shadowRows: ReadonlyMap<string, number>;
  readonly speed: Speed;
}

/** What one statement would take in production. Pure. */
function predict(statement: TracedStatement, { tables, production, shadowRows, speed }: Scale): Prediction {
  const size = (oid: number) => production.get(tables.get(oid) ?? '') ?? { rows: 0, bytes: 0, indexBytes: 0 };
  let seconds = 0;
  if (statement.kind !== 'TruncateStmt') {
    for (const oid of statement.rewritten) seconds += size(oid).bytes / speed.rewriteBytes;
    for (const oid of statement.indexed) seconds += size(oid).rows / speed.indexRows;
    const built = new Set([...statement.rewritten, ...statement.indexed]);
    for (const oid of statement.scanned.filter((each) => !built.has(each)))
      seconds += size(oid).bytes / speed.scanBytes;
    for (const [oid, rows] of statement.changed) {
      const of = shadowRows.get(tables.get(oid) ?? '') ?? 0;
      const share = of === 0 ? 0 : Math.min(rows / of, 1);
      if (!built.has(oid)) seconds += (share * size(oid).rows) / speed.changeRows;
    }
  }
  const blocks = new Map<string, string>();
  for (const [oid, mode] of statement.locks) {
    const table = tables.get(oid);
    if (table === undefined || !blockingModes.has(mode)) continue;
    blocks.set(table, stronger(blocks.get(table), mode));
  }
  // What takes long without any data (a call, a sleep) takes as long in production.
  return { seconds: Math.max(seconds, statement.ms > 250 ? statement.ms / 1000 : 0), blocks };
}

/**
 * The longest time for which each table would be blocked by these statements. A lock is held from the statement that
 * takes it to the end of the transaction.
 */
export function blockingOf(statements: readonly StatementOf[], scale: Scale): readonly Blocking[] {
  const longest = new Map<string, Blocking>();
  for (const transaction of new Set(statements.map((each) => each.transaction))) {
    const held = new Map<string, { seconds: number; mode: string; worst: number; sql: string; migration: string }>();
    for (const statement of statements.filter((each) => each.transaction === transaction)) {
      const { seconds, blocks } = predict(statement, scale);
      for (const [table, mode] of blocks) {
        const before = held.get(table) ?? { seconds: 0, mode, worst: -1, sql: '', migration: '' };
        const worst =
          seconds > before.worst ? { worst: seconds, sql: statement.sql, migration: statement.migration } : {};
        held.set(table, { ...before, seconds: before.seconds + seconds, mode: stronger(before.mode, mode), ...worst });
      }
    }
    for (const [table, { seconds, mode, sql, migration }] of held) {
      if (seconds < (longest.get(table)?.seconds ?? -1)) continue;
      const writesWaiting = Math.round((scale.production.get(table)?.writesPerSecond ?? 0) * seconds);
      longest.set(table, { table, mode, seconds, writesWaiting, sql, migration });
    }
  }
  return [...longest.values()].sort((a, b) => b.seconds - a.seconds || (a.table < b.table ? -1 : 1));
}

const order = ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'];

/** The stronger of two lock modes that keep others from a table. */
export function stronger(a: string | undefined, b: string): string {
  return a !== undefined && order.indexOf(a) > order.indexOf(b) ? a : b;
}

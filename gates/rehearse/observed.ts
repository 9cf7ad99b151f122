import { stronger } from './model.ts';
import { blockingModes } from './trace/snapshot.ts';
import type { TracedStatement } from './trace/traced.ts';

/** What the trace saw a migration do to a table that was there before. */
export interface Observed {
  readonly table: string;
  /** The strongest lock that keeps others from it; null where it takes none. */
  readonly mode: string | null;
  /** All that it did to the whole table. */
  readonly did: readonly Work[];
  /** What of it others had to wait for. */
  readonly waitedFor: readonly Work[];
  /** A statement that kept others from it ran outside of a transaction, where scans are not seen. */
  readonly scansUnseen: boolean;
}

export type Work = 'rewrite' | 'index build' | 'scan';

/** What statements did to each table, tables by name. Pure. `tables` names those that were there before, indexes by their table. */
export function observed(
  statements: readonly TracedStatement[],
  tables: ReadonlyMap<number, string>,
): readonly Observed[] {
  const seen = new Map<string, { mode: string | null; did: Set<Work>; waitedFor: Set<Work>; scansUnseen: boolean }>();
  for (const { locks, rewritten, indexed, scanned, alone } of statements) {
    const held = new Map<string, string>();
    for (const [oid, mode] of locks) {
      const table = tables.get(oid);
      if (table !== undefined && blockingModes.has(mode)) held.set(table, stronger(held.get(table), mode));
    }
    const work: (readonly [Work, readonly number[]])[] = [
      ['rewrite', rewritten],
      ['index build', indexed],
      ['scan', scanned],
    ];
    const done = work.flatMap(([kind, oids]) => oids.map((oid) => [kind, tables.get(oid)] as const));
    for (const table of new Set([...held.keys(), ...done.flatMap(([, name]) => name ?? [])])) {
      const now = seen.get(table) ?? { mode: null, did: new Set(), waitedFor: new Set(), scansUnseen: false };
      const mode = held.get(table);
      const kinds = done.filter(([, name]) => name === table).map(([kind]) => kind);
      for (const kind of kinds) now.did.add(kind);
      if (mode !== undefined) for (const kind of kinds) now.waitedFor.add(kind);
      seen.set(table, {
        ...now,
        mode: mode === undefined ? now.mode : stronger(now.mode ?? undefined, mode),
        scansUnseen: now.scansUnseen || (alone && mode !== undefined),
      });
    }
  }
  return [...seen].map(([table, { did, waitedFor, ...rest }]) => {
    return { table, ...rest, did: [...did].sort(), waitedFor: [...waitedFor].sort() };
  });
}

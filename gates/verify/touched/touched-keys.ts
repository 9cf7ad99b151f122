import type { Followed } from './followed.ts';
import type { PgoutputMessage, PgoutputRelation, PgoutputRow } from './pgoutput.ts';
import { textOf } from './pgoutput.ts';

/**
 * What was touched of a table: rows by their keys, or it cannot be told which. A key is the text of its columns' values as
 * the server writes them under the settings of `snapshot.ts`, parted by NUL, which no text has.
 */
export type TouchedTable =
  | { readonly kind: 'all'; readonly why: string }
  | { readonly kind: 'keys'; readonly columns: readonly string[]; readonly keys: ReadonlySet<string> };

/** What was touched of a database by the transactions that a feed has up to a position; tables without a change are not in it. */
export interface Touched {
  readonly upTo: string;
  readonly tables: ReadonlyMap<string, TouchedTable>;
}

/** Keys in columns, for `unnest`: of each of the columns the values of all keys. */
export function columnsOf(keys: readonly string[], width: number): readonly (readonly string[])[] {
  const values = keys.map((key) => key.split('\0'));
  return Array.from({ length: width }, (_, column) => values.map((value) => value[column] as string));
}

/** Where the rows of an announced relation go: to a table's keys, to a table as a whole, or nowhere. */
type Place =
  | { readonly kind: 'keys'; readonly table: string; readonly at: readonly number[]; readonly keys: Set<string> }
  | { readonly kind: 'all'; readonly table: string; readonly why: string }
  | { readonly kind: 'nowhere' };

/** Collects what messages touch, up to so many keys of all tables together: the table that goes beyond is `all` from there. */
export function collectTouched(followed: Followed, mostKeys: number) {
  const tables = new Map<string, TouchedTable>();
  const relations = new Map<string, PgoutputRelation>();
  const places = new Map<string, Place>();
  let kept = 0;
  for (const [table, why] of followed.unfollowed) tables.set(table, { kind: 'all', why });

  const wholly = (table: string, why: string) => {
    const before = tables.get(table);
    if (before?.kind === 'all') return;
    kept -= before?.keys.size ?? 0;
    tables.set(table, { kind: 'all', why });
    places.clear(); // their rows have another place now
  };
  const placeOf = (oid: string): Place => {
    const known = places.get(oid);
    if (known !== undefined) return known;
    const relation = relations.get(oid);
    if (relation === undefined) throw new Error(`a row of relation ${oid}, which was not announced`);
    const place = placeFor(relation, followed, tables);
    places.set(oid, place);
    if (place.kind === 'keys' && !tables.has(place.table)) {
      tables.set(place.table, { kind: 'keys', columns: keyOf(relation, followed, place.table), keys: place.keys });
    }
    return place;
  };
  const touch = (oid: string, ...rows: readonly PgoutputRow[]) => {
    const place = placeOf(oid);
    if (place.kind === 'nowhere') return;
    if (place.kind === 'all') {
      wholly(place.table, place.why);
      return;
    }
    for (const [index, row] of rows.entries()) {
      const before = place.keys.size;
      place.keys.add(place.at.map((at) => textAt(row, at, rows[index - 1])).join('\0'));
      kept += place.keys.size - before;
    }
    if (kept > mostKeys) wholly(place.table, `more than ${mostKeys} rows were touched`);
  };

  const take = (message: PgoutputMessage): void => {
    switch (message.kind) {
      case 'relation':
        relations.set(message.oid, message);
        places.delete(message.oid);
        return;
      case 'insert':
        touch(message.relation, message.row);
        return;
      case 'update':
        touch(message.relation, ...(message.old ? [message.old] : []), message.row);
        return;
      case 'delete':
        touch(message.relation, message.old);
        return;
      case 'truncate':
        for (const oid of message.relations) {
          const place = placeOf(oid);
          if (place.kind !== 'nowhere') wholly(place.table, 'it was truncated');
        }
        return;
      case 'begin':
      case 'passed over':
        return;
      default:
        message satisfies never;
    }
  };
  return { take, touched: (upTo: string): Touched => ({ upTo, tables }) };
}

function placeFor(relation: PgoutputRelation, followed: Followed, tables: ReadonlyMap<string, TouchedTable>): Place {
  const { oid, schema, name } = relation;
  const table = followed.relations.get(oid) ?? tableThatHad(oid, followed);
  if (table === undefined) throw new Error(`a change of ${schema}.${name}, which is gone`);
  const before = tables.get(table);
  if (before?.kind === 'all') return { kind: 'all', table, why: before.why };
  if (!followed.tables.has(table)) return { kind: 'nowhere' };
  const columns = keyOf(relation, followed, table);
  const at = columns.map((column) => relation.columns.findIndex((each) => each.name === column));
  if (at.length === 0 || at.includes(-1)) return { kind: 'all', table, why: 'its rows have no key' };
  if (before !== undefined && before.columns.join('\0') !== columns.join('\0')) {
    return { kind: 'all', table, why: 'its key became another one' };
  }
  return { kind: 'keys', table, at, keys: (before?.keys as Set<string> | undefined) ?? new Set() };
}

/** Columns of which each change tells the values before and after, in the order of their names. */
function keyOf({ identity, columns }: PgoutputRelation, followed: Followed, table: string): readonly string[] {
  const key = followed.tables.get(table)?.key ?? [];
  const told = columns.filter(({ key: inIdentity }) => inIdentity).map(({ name }) => name);
  if (key.length === 0 || identity === 'f' || told.length === 0) return key; // without an identity there are only inserts
  return told.sort((a, b) => (a < b ? -1 : 1));
}

/** The table that a partition was of when the feed was opened. */
function tableThatHad(oid: string, { unfollowed, opened }: Followed): string | undefined {
  return [...unfollowed.keys()].find((table) => opened[table] !== undefined && oid in opened[table]);
}

/** A value that was not sent has not changed: it is that of the row before. */
function textAt(row: PgoutputRow, at: number, before: PgoutputRow | undefined): string {
  const value = row[at] === undefined ? before?.[at] : row[at];
  if (value === undefined || value === null) throw new Error('a row without a value of its key');
  return textOf(value);
}

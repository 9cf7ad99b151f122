import pg from 'pg';
import type { Leaves } from '../leaves.ts';
import { relationOf, type TableShape } from '../table-shape.ts';
import type { Within } from '../within.ts';
import { columnsOf } from './touched-keys.ts';

/**
 * The rows that have one of these keys, for a query with these values: each key is looked up by itself. A row is found by
 * every key that its type takes for equal; with `exact` by the one that is its text, so that it is there once.
 */
export function touchedRows(
  table: TableShape,
  columns: readonly string[],
  keys: readonly string[],
  leaves: Leaves,
  { exact }: { readonly exact: boolean },
): Within {
  const values = columnsOf(keys, columns.length);
  const from = `${askedFrom(columns, 1)} join ${relationOf(table)} t on ${equal(table, columns)}`;
  return { chunk: { table, leaves, from, where: exact ? sameText(columns) : 'true' }, values };
}

/** The same rows without those that have one of these keys. */
export function withoutTouched({ chunk, values }: Within, columns: readonly string[], keys: readonly string[]): Within {
  const among = `select from ${askedFrom(columns, values.length + 1)} where ${equal(chunk.table, columns)} and ${sameText(columns)}`;
  const where = `${chunk.where} and not exists (${among})`;
  return { chunk: { ...chunk, where }, values: [...values, ...columnsOf(keys, columns.length)] };
}

function askedFrom(columns: readonly string[], first: number): string {
  const [arrays, names] = [
    columns.map((_, index) => `$${first + index}::text[]`),
    columns.map((_, index) => `k${index}`),
  ];
  return `unnest(${arrays.join(', ')}) asked (${names.join(', ')})`;
}

/** By the type's own equality, which the key's index serves. */
function equal(table: TableShape, columns: readonly string[]): string {
  return columns
    .map((name, index) => {
      const { type, kind } = table.columns.find((column) => column.name === name) ?? {};
      if (type === undefined) throw new Error(`table ${table.name} has no column ${name}; needed the one of its key`);
      // The operator of an extension's type is where the type is; the search path does not lead there.
      const schema = /^("(?:[^"]|"")*"|[^."]+)\./.exec(type)?.[1];
      const operator = kind === 'b' && schema !== undefined ? `operator(${schema}.=)` : '=';
      const cast = schema === undefined ? `pg_catalog.${pg.escapeIdentifier(type)}` : type;
      return `t.${pg.escapeIdentifier(name)} ${operator} asked.k${index}::${cast}`;
    })
    .join(' and ');
}

/** By the text of the type's output function, which `concat` calls and a cast to text may not, to the byte: a collation may take others for it. */
function sameText(columns: readonly string[]): string {
  return columns
    .map((name, index) => `concat(t.${pg.escapeIdentifier(name)}) collate "C" = asked.k${index}`)
    .join(' and ');
}

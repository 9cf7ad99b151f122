import pg from 'pg';
import type { ColumnShape } from './table-shape.ts';

/** The ways in which values enter the digest: see `row-digest.ts`. */
export type EncodingKind = 'integer' | 'uuid' | 'blank-padded' | 'text';

/**
 * How a value enters the digest. `integer`: 64 bits, all of which count. `uuid`: its 16 bytes. `blank-padded`: char(n), filled
 * up to its n characters, and bpchar, whose blanks count. `text`: a text that is equal exactly when the values are, under the
 * settings that `snapshot.ts` pins.
 */
export interface Encoding {
  readonly kind: EncodingKind;
  /** SQL of the value, never NULL: a NULL is a salt that no value has by accident. */
  readonly sql: string;
  /** Of a bpchar of any length: SQL of a 64-bit code of its length with blanks, which the hash of its text leaves out. */
  readonly length?: string;
  /** SQL of the value as text, or NULL: for showing a difference. */
  readonly shown: string;
}

/** Random and fixed: part of the digest's definition. */
const nullText = `'~kT7wZq2LxR9vB4'`;
const nullUuid = `'6d0f7b94-1c3e-4a58-9be2-f07c45d8a163'::uuid`;
const nullInteger = `'-6917529027641081857'::int8`;
/** For the code of a bpchar's length: no two of up to 10,485,760 bytes have the same, and none is near another as integers in a column are. */
const lengthSeed = `'2884690176329515303'::int8`;

const integers: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'oid']);
/** Timestamps' types → what gives the seconds between two as a float, and their zero. */
const timestamps: ReadonlyMap<string, readonly [difference: string, zone: string]> = new Map([
  ['timestamp', ['tsrange_subdiff', '']],
  ['timestamptz', ['tstzrange_subdiff', '+00']],
]);
/** Types whose binary form is the whole value and has no OID in it; their text depends on settings, or is slow. */
const binary: Readonly<Record<string, string>> = {
  time: 'time_send',
  timetz: 'timetz_send',
  interval: 'interval_send',
  money: 'cash_send', // its text depends on lc_monetary, by which no two servers need to agree
};

/** The encoding of a column's values, read from the row `t`. */
export function encodingOf(column: ColumnShape): Encoding {
  const value = `t.${pg.escapeIdentifier(column.name)}`;
  const text = (sql: string): Encoding => ({ kind: 'text', sql: `coalesce(${sql}, ${nullText})`, shown: sql });
  const integer = (sql: string): Encoding => {
    return { kind: 'integer', sql: `coalesce(${sql}, ${nullInteger})`, shown: `${value}::text` };
  };
  if (column.kind !== 'b') return text(`${value}::text collate "C"`);
  if (integers.has(column.type)) return integer(`${value}::int8`);
  if (column.type === 'bool') return integer(`${value}::int4::int8`);
  if (column.type === 'date') return integer(dateNumber(value));
  if (timestamps.has(column.type)) return integer(microseconds(value, column.type));
  if (column.type === 'uuid') {
    return { kind: 'uuid', sql: `coalesce(${value}, ${nullUuid})`, shown: `${value}::text` };
  }
  if (column.type === 'bpchar') {
    const padded = `coalesce(${value}, ${nullText}::bpchar) collate "C"`;
    const encoding: Encoding = { kind: 'blank-padded', sql: padded, shown: outputOf(value) };
    if (column.width !== null) return encoding;
    return { ...encoding, length: `hashint4extended(coalesce(octet_length(${value}), -1), ${lengthSeed})` };
  }
  if (column.type === 'bytea') return text(`encode(${value}, 'hex') collate "C"`);
  const send = binary[column.type];
  if (send !== undefined) {
    const encoded = text(`encode(pg_catalog.${send}(${value}), 'hex') collate "C"`);
    return { ...encoded, shown: `${value}::text` };
  }
  // An extension may have a cast to text that is not the value's text (an array's is its own, always).
  if (column.type.includes('.')) return text(`${outputOf(value)} collate "C"`);
  return text(`${value}::text collate "C"`);
}

/** The text that the type's own output function gives, whatever its cast to text does. */
function outputOf(value: string): string {
  return `case when ${value} is not null then concat(${value}) end`;
}

/** Days from 2000-01-01; the infinite dates are the ends of the integers. */
function dateNumber(value: string): string {
  return `pg_catalog.daterange_subdiff(${value}, '2000-01-01')::int8`;
}

/**
 * Microseconds from 2000-01-01, as PostgreSQL stores them; infinities are the ends of the integers. The difference in
 * seconds as a float is quick, and exact to the microsecond up to 2^51 of them: from 1928 to 2071. Beyond, the bytes are read.
 */
function microseconds(value: string, type: string): string {
  const [difference, zone] = timestamps.get(type) ?? [];
  return `case when ${value} between '1930-01-01${zone}' and '2070-01-01${zone}'
    then (pg_catalog.${difference}(${value}, '2000-01-01${zone}') * 1000000)::int8
    else ('x' || encode(pg_catalog.${type}_send(${value}), 'hex'))::bit(64)::int8 end`;
}

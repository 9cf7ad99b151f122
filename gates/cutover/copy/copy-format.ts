import type { ColumnShape } from '../../verify/table-shape.ts';

/**
 * Types whose binary form names objects of one database by number: there the text, which has their names. Arrays of them
 * begin with `_`.
 */
const byNumber = /^_?(reg[a-z]+|aclitem|pg_.*|refcursor|gtsvector)$/;

/**
 * How rows of these columns are carried. Binary is the value itself and cheaper on both sides; it is understood by the same and by
 * later major versions. Types outside pg_catalog (enums, composites, domains over them, those of extensions) go as text: arrays and
 * composites of them have type numbers in their binary form, which are others in another database, and not all have one.
 */
export function formatOf(columns: readonly ColumnShape[], source: number, target: number): 'binary' | 'text' {
  const major = (version: number) => Math.floor(version / 10_000);
  const plain = columns.every(({ type }) => !type.includes('.') && !byNumber.test(type));
  return plain && major(target) >= major(source) ? 'binary' : 'text';
}

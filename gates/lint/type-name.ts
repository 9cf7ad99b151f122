import type { TypeName } from 'libpg-query';
import { as, nameOf } from './tree.ts';

/** A type's bare name, and its first modifier (length, precision) if there is one. */
export function typeOf(type: TypeName | undefined): { readonly name: string; readonly length: number | undefined } {
  const name = (type?.names ?? []).map(nameOf).at(-1) ?? '';
  const first = as(type?.typmods?.[0], 'A_Const');
  return { name, length: first?.ival === undefined ? undefined : (first.ival.ival ?? 0) };
}

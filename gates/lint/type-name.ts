import type { TypeName } from 'libpg-query';
import { as, nameOf } from './tree.ts';

/** A type's bare name and its modifiers (length, precision and scale), as they are written. */
export function typeOf(type: TypeName | undefined): { readonly name: string; readonly sizes: readonly number[] } {
  const name = (type?.names ?? []).map(nameOf).at(-1) ?? '';
  const sizes = (type?.typmods ?? []).flatMap((node) => {
    const size = as(node, 'A_Const')?.ival;
    return size === undefined ? [] : [size.ival ?? 0]; // the parse tree leaves a zero out
  });
  return { name, sizes };
}

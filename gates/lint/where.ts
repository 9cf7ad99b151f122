import type { Node } from 'libpg-query';
import { as } from './tree.ts';

/** Whether a WHERE leaves any row out; a constant (`where true`, `where 1 = 1`) does not. */
export function narrows(where: Node | undefined): boolean {
  if (where === undefined || as(where, 'A_Const') !== undefined) return false;
  const expression = as(where, 'A_Expr');
  return as(expression?.lexpr, 'A_Const') === undefined || as(expression?.rexpr, 'A_Const') === undefined;
}

import { conninfoOf } from '../conninfo.ts';
import type { Plan } from '../plan.ts';

/**
 * The variable that may hold the target's URL as the *source's server* sees it: `CUTOVER_TARGET_DIRECT_URL` →
 * `CUTOVER_TARGET_FROM_SOURCE_URL`.
 */
export function fromSourceVariable({ target }: Pick<Plan, 'target'>): string {
  return `${target.direct.replace(/(_DIRECT)?_URL$/, '')}_FROM_SOURCE_URL`;
}

/** By what the source's server follows the target; see conninfoOf. */
export function targetConninfo(plan: Pick<Plan, 'source' | 'target'>): string {
  return conninfoOf(plan, 'target', fromSourceVariable(plan));
}

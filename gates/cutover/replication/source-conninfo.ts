import { conninfoOf } from '../conninfo.ts';
import type { Plan } from '../plan.ts';

/**
 * The variable that may hold the source's URL as the *target's server* sees it (another network, another name):
 * `CUTOVER_SOURCE_DIRECT_URL` → `CUTOVER_SOURCE_FROM_TARGET_URL`.
 */
export function fromTargetVariable({ source }: Pick<Plan, 'source'>): string {
  return `${source.direct.replace(/(_DIRECT)?_URL$/, '')}_FROM_TARGET_URL`;
}

/** By what the target's server follows the source; see conninfoOf. */
export function sourceConninfo(plan: Pick<Plan, 'source' | 'target'>): string {
  return conninfoOf(plan, 'source', fromTargetVariable(plan));
}

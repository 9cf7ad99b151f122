import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Roles that own or are granted something, and those that write, exist on the target under the same names. */
export function roles({ plan, source, target }: PreflightFacts): readonly Finding[] {
  const needed = new Set([...source.roles, ...plan.freeze.roles]);
  return [...needed]
    .filter((role) => !target.roles.includes(role))
    .sort()
    .map((role) => blocker('ROLE_MISSING', role, 'no such role on the target', 'a role of that name'));
}

import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** The roles that write exist, and can be stopped from writing while they go on reading. */
export function freezeRoles({ source }: PreflightFacts): readonly Finding[] {
  return source.freezeRoles.flatMap(({ role, exists, superuser, alterable, inherits }) => {
    const needed = 'a role that the operator may alter, with rights of its own only';
    if (!exists) return [blocker('FREEZE_ROLE_UNFIT', role, 'no such role on the source', needed)];
    const unaltered = alterable
      ? []
      : [blocker('FREEZE_ROLE_UNFIT', role, `a role whose settings ${source.operator.role} may not change`, needed)];
    const beyond = superuser ? 'a superuser' : inherits.length > 0 ? `the rights of ${inherits.join(', ')}` : undefined;
    const ended = 'its sessions are ended at the freeze, reads too';
    return [
      ...unaltered,
      ...(beyond === undefined ? [] : [warning('FREEZE_ROLE_UNFIT', role, `${beyond}: ${ended}`, needed)]),
    ];
  });
}

import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** The roles that write exist on both sides, and can be stopped from writing while they go on reading. */
export function freezeRoles({ source, target }: PreflightFacts): readonly Finding[] {
  const needed = 'a role that the operator may alter, with rights of its own only';
  const unaltered = (role: string, where: string, operator: string) =>
    blocker('FREEZE_ROLE_UNFIT', role, `a role whose settings ${operator} may not change on the ${where}`, needed);
  const onSource = source.freezeRoles.flatMap(({ role, exists, alterable, inherits }) => {
    if (!exists) return [blocker('FREEZE_ROLE_UNFIT', role, 'no such role on the source', needed)];
    const others = `the rights of ${inherits.join(', ')}: its sessions are ended at the freeze, reads too`;
    return [
      ...(alterable ? [] : [unaltered(role, 'source', source.operator.role)]),
      ...(inherits.length === 0 ? [] : [warning('FREEZE_ROLE_UNFIT', role, others, needed)]),
    ];
  });
  return [
    ...onSource,
    ...target.unaltered.map((role) => unaltered(role, 'target', target.operator.role)),
    ...source.unstoppable.map(({ about, found }) =>
      blocker('FREEZE_ROLE_UNFIT', about, found, 'writers whose rights can be taken'),
    ),
  ];
}

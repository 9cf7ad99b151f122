import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Direct addresses are direct, and pooled ones lead to the same databases. */
export function pooled({ plan, ...facts }: PreflightFacts): readonly Finding[] {
  return (['source', 'target'] as const).flatMap((side) => {
    const { between, id, pooledId } = facts[side];
    const { direct, pooled } = plan[side];
    const needed = 'a session of the server itself, whole from its beginning to its end';
    const stands = between.pooled.map((sign) => blocker('SIDE_POOLED', direct, sign, needed));
    const proxied =
      stands.length === 0 && between.proxied
        ? [warning('SIDE_PROXIED', direct, 'another process answers than the connection was told of', needed)]
        : [];
    const elsewhere =
      pooled === undefined || pooledId === undefined || pooledId === id
        ? []
        : [blocker('POOLED_ELSEWHERE', pooled, `database ${pooledId}`, `${id}, as ${direct} has`)];
    return [...stands, ...proxied, ...elsewhere];
  });
}

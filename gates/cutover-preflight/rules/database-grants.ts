import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Rights on the database itself are there too: a role that may not connect would find that out after the flip. */
export function databaseGrants({ plan, source, target }: PreflightFacts): readonly Finding[] {
  const known = new Set(['everybody', ...source.roles, ...plan.freeze.roles]);
  const there = new Set(target.databaseGrants);
  const rightOf = (grant: string) => grant.slice(0, grant.indexOf(' '));
  const roleOf = (grant: string) => grant.slice(`${rightOf(grant)} to `.length);
  const needed = 'it, as on the source';
  return [
    ...target.barred.map((role) =>
      blocker('DATABASE_GRANT_MISSING', `connect to ${role}`, 'a role that may not connect to the target', needed),
    ),
    ...source.databaseGrants
      .filter(
        (grant) => known.has(roleOf(grant)) && !(rightOf(grant) === 'connect' && target.barred.includes(roleOf(grant))),
      )
      .filter((grant) => !there.has(grant) && !there.has(`${rightOf(grant)} to everybody`))
      .map((grant) => warning('DATABASE_GRANT_MISSING', grant, 'a right that is not given on the target', needed)),
  ];
}

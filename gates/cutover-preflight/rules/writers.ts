import { type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Who is connected and could write is one of the roles that the freeze stops. */
export function writers({ plan, source }: PreflightFacts): readonly Finding[] {
  const needed = `one of freeze.roles: ${plan.freeze.roles.join(', ')}`;
  return source.otherWriters.map((who) => warning('WRITER_NOT_FROZEN', who, 'a session that could write', needed));
}

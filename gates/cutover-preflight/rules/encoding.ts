import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** Text is stored in the same encoding: bytes are compared. */
export function encoding({ plan, source, target }: PreflightFacts): readonly Finding[] {
  if (source.encoding === target.encoding) return [];
  return [blocker('ENCODING_DIFFERS', plan.target.at, target.encoding, `${source.encoding}, as the source`)];
}

import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { PreflightFacts } from '../facts.ts';

/** The database that serves has every migration of the release: the target is made from them. */
export function atHead({ missing }: PreflightFacts): readonly Finding[] {
  return missing.map((name) =>
    blocker('SOURCE_NOT_AT_HEAD', name, 'not applied to the database that serves', 'an applied migration'),
  );
}

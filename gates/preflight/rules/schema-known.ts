import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';
import { modeOf } from '../mode.ts';
import { unknownTo } from '../pending.ts';

/**
 * The database has no migration that the release does not know, unless the release was proven on just that schema: a
 * promotion proves the release before it on the new schema, and that is what makes a rollback possible (B11, C8).
 */
export function schemaKnown(
  { database }: PreflightFacts,
  { release }: Pick<PreflightInputs, 'release'>,
): readonly Finding[] {
  if (database === undefined) return [];
  const beyond = unknownTo(release, database.applied);
  if (beyond.length === 0) return [];
  const found = `${beyond.length} applied beyond it: ${beyond.join(', ')}`;
  const mode = modeOf(database.accepted, release);
  if (mode === 'forward' || mode === 'first') {
    const needed = 'a release that has every applied migration';
    return beyond.map((name) =>
      blocker('MIGRATION_MISSING', name, 'it applied, and no such file in the release', needed),
    );
  }
  if (database.proven) return [];
  const needed = 'a schema on which this release passed its smoke suite';
  if (mode === 'steady') return [warning('SCHEMA_MOVED_ON', `release ${release.sha}`, found, needed)];
  const reachable = database.accepted.find((entry) => entry.sha !== database.accepted[0]?.sha)?.sha;
  const recovery = `Fix forward, or go back to ${reachable ?? 'no'} release (npm run rollback); further back needs the database restored to that time.`;
  return [blocker('SCHEMA_MOVED_ON', `release ${release.sha}`, found, needed, recovery)];
}

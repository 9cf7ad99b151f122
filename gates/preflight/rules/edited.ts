import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';

/** An applied migration still has the content that it was applied with (B4). */
export function edited({ database }: PreflightFacts, { release }: PreflightInputs): readonly Finding[] {
  if (database === undefined) return [];
  const applied = new Set(database.applied);
  const files = release.migrations.files.filter((file) => applied.has(file.name));
  const unknown = files.filter((file) => !database.hashes.has(file.name));
  const changed = files
    .filter((file) => (database.hashes.get(file.name) ?? file.sha256) !== file.sha256)
    .map((file) => {
      const recorded = database.hashes.get(file.name)?.slice(0, 12);
      const found = `content ${file.sha256.slice(0, 12)}, applied with ${recorded}`;
      return blocker('MIGRATION_EDITED', file.file, found, 'the content that was applied');
    });
  if (unknown.length === 0) return changed;
  const found = `${unknown.length} applied before their content was on record (${unknown[0]?.file}, …)`;
  return [...changed, warning('MIGRATION_HASH_UNKNOWN', 'history', found, 'a content hash for each applied migration')];
}

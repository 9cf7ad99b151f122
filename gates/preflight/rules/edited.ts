import type { MigrationFile } from '../../kernel/release.ts';
import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';

/** An applied migration still has the content that it was applied with, by our record and by the tool's own (B4). */
export function edited(
  { database }: PreflightFacts,
  { release }: Pick<PreflightInputs, 'release'>,
): readonly Finding[] {
  if (database === undefined) return [];
  const applied = new Set(database.applied);
  const checksums = new Map(database.history.rows.map((row) => [row.name, row.checksum]));
  const files = release.migrations.files.filter((file) => applied.has(file.name));
  const unknown = files.filter((file) => !database.hashes.has(file.name) && !isKnown(file, checksums));
  const changed = files.flatMap((file) => {
    const ours = file.repeatable ? undefined : database.hashes.get(file.name);
    const theirs = isKnown(file, checksums) ? checksums.get(file.name) : undefined;
    const needed = 'the content that was applied';
    if (ours !== undefined && ours !== file.sha256) {
      const found = `content ${file.sha256.slice(0, 12)}, applied with ${ours.slice(0, 12)}`;
      return [blocker('MIGRATION_EDITED', file.file, found, needed)];
    }
    if (theirs === undefined || theirs === file.checksum) return [];
    const found = `checksum ${file.checksum?.slice(0, 12)} of ${release.migrations.tool}, applied with ${theirs.slice(0, 12)}`;
    return [blocker('MIGRATION_EDITED', file.file, found, needed)];
  });
  if (unknown.length === 0) return changed;
  const found = `${unknown.length} applied before their content was on record (${unknown[0]?.file}, …)`;
  return [...changed, warning('MIGRATION_HASH_UNKNOWN', 'history', found, 'a content hash for each applied migration')];
}

function isKnown(file: MigrationFile, checksums: ReadonlyMap<string, string | undefined>): boolean {
  return file.checksum !== undefined && checksums.get(file.name) !== undefined;
}

import { blocker, type Finding } from '../../kernel/verdict.ts';
import { migrationTool } from '../../migrate/tools/index.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';

/**
 * No two migrations share a version or a recorded name (A1). Where the tool goes by names and all of them are applied,
 * two of a version are history and their order is settled.
 */
export function duplicates(
  { database }: PreflightFacts,
  { release }: Pick<PreflightInputs, 'release'>,
): readonly Finding[] {
  const tool = migrationTool(release.migrations.tool);
  const applied = new Set(database?.applied);
  const byVersion = Map.groupBy(release.migrations.files, (file) => tool.versionOf(file.name) ?? file.name);
  return [...byVersion.entries()]
    .filter(([, files]) => files.length > 1)
    .filter(([, files]) => {
      const names = new Set(files.map((file) => file.name));
      return tool.uniqueVersions || names.size < files.length || ![...names].every((name) => applied.has(name));
    })
    .map(([version, files]) => {
      const found = `version ${version} in ${files.map((file) => file.file).join(' and ')}`;
      return blocker('MIGRATION_DUPLICATE', files.at(-1)?.file ?? version, found, 'one migration a version');
    });
}

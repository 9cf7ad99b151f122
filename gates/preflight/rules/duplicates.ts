import { blocker, type Finding } from '../../kernel/verdict.ts';
import { migrationTool } from '../../migrate/tools/index.ts';
import type { PreflightInputs } from '../facts.ts';

/** No two migrations share a version or a recorded name (A1). */
export function duplicates({ release }: PreflightInputs): readonly Finding[] {
  const tool = migrationTool(release.migrations.tool);
  const byVersion = Map.groupBy(release.migrations.files, (file) => tool.versionOf(file.name) ?? file.name);
  return [...byVersion.entries()]
    .filter(([, files]) => files.length > 1)
    .map(([version, files]) => {
      const found = `version ${version} in ${files.map((file) => file.file).join(' and ')}`;
      return blocker('MIGRATION_DUPLICATE', files.at(-1)?.file ?? version, found, 'one migration a version');
    });
}

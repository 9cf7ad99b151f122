import { blocker, type Finding } from '../../kernel/verdict.ts';
import { migrationTool } from '../../migrate/tools/index.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';
import { pendingOf } from '../pending.ts';

/** Every pending migration sorts after the newest applied one (A1, B4): what is applied, not file names alone, decides. */
export function order({ database }: PreflightFacts, { release }: PreflightInputs): readonly Finding[] {
  if (database === undefined) return [];
  const tool = migrationTool(release.migrations.tool);
  const newest = [...database.applied].sort(tool.compare).at(-1);
  if (newest === undefined) return [];
  return pendingOf(release, database.applied)
    .filter((file) => tool.compare(file.name, newest) < 0)
    .map((file) => {
      const found = `it pending while ${newest}, which sorts after it, is applied`;
      return blocker('MIGRATION_OUT_OF_ORDER', file.file, found, 'pending migrations after every applied one');
    });
}

import type { MigrationFile } from '../../kernel/release.ts';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import { migrationTool } from '../../migrate/tools/index.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';
import { pendingOf } from '../pending.ts';

const needed = 'pending migrations after every applied one';

/** Every pending migration sorts after the newest applied one (A1, B4): what is applied, not file names alone, decides. */
export function order({ database }: PreflightFacts, { release }: Pick<PreflightInputs, 'release'>): readonly Finding[] {
  if (database === undefined) return [];
  const tool = migrationTool(release.migrations.tool);
  const never = passedOver(database, release.migrations.files).map((file) => {
    const found = 'it taken as applied by a newer version in the history, and never run: it came after that release';
    return blocker('MIGRATION_OUT_OF_ORDER', file.file, found, needed);
  });
  // Where migrations name the ones before them, the tool goes by that, and a pending one cannot be before an applied one.
  if (tool.order !== undefined) return never;
  const again = new Set(release.migrations.files.filter((file) => file.repeatable).map((file) => file.name));
  const newest = database.applied
    .filter((name) => !again.has(name))
    .reduce(
      (last: string | undefined, name) => (last === undefined || tool.compare(name, last) > 0 ? name : last),
      undefined,
    );
  if (newest === undefined) return never;
  const late = pendingOf(release, database.applied)
    .filter((file) => !file.repeatable && tool.compare(file.name, newest) < 0)
    .map((file) => {
      const found = `it pending while ${newest}, which sorts after it, is applied`;
      return blocker('MIGRATION_OUT_OF_ORDER', file.file, found, needed);
    });
  return [...never, ...late];
}

/** A history that holds only the newest version says nothing of older files; the accepted release knows which there were. */
function passedOver(
  { history, accepted }: NonNullable<PreflightFacts['database']>,
  files: readonly MigrationFile[],
): readonly MigrationFile[] {
  const [last] = accepted;
  if (last === undefined) return [];
  const there = new Set(last.release.migrations.files.map((file) => file.name));
  const assumed = new Set(history.rows.filter((row) => row.assumed).map((row) => row.name));
  const recorded = new Set(history.recorded);
  const known = [...recorded].every((name) => there.has(name));
  return known ? files.filter((file) => assumed.has(file.name) && !there.has(file.name)) : [];
}

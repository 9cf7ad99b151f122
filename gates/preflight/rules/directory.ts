import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightInputs } from '../facts.ts';

/** There are migrations, the tool takes the directory as it is, and every file that looks like one is taken: none is passed over in silence (A1). */
export function directory({ release }: Pick<PreflightInputs, 'release'>): readonly Finding[] {
  const { tool, files, ignored = [], problems = [] } = release.migrations;
  const passedOver = ignored.map((file) =>
    warning('MIGRATION_FILE_IGNORED', file, `a file that ${tool} passes over`, `files of ${tool} only`),
  );
  const refused = problems.map(({ about, found, needed }) =>
    blocker('MIGRATION_DIRECTORY_INVALID', about, found, needed),
  );
  if (files.length > 0 || problems.length > 0) return [...refused, ...passedOver];
  return [blocker('MIGRATIONS_EMPTY', 'migrations', `no migration of ${tool}`, 'at least one'), ...passedOver];
}

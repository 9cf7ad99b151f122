import { blocker, type Finding, warning } from '../../kernel/verdict.ts';
import type { PreflightInputs } from '../facts.ts';

/** There are migrations, and every file that looks like one is taken by the tool: none is passed over in silence (A1). */
export function directory({ release }: PreflightInputs): readonly Finding[] {
  const { tool, files, ignored = [] } = release.migrations;
  const passedOver = ignored.map((file) =>
    warning('MIGRATION_FILE_IGNORED', file, `a file that ${tool} passes over`, `files of ${tool} only`),
  );
  if (files.length > 0) return passedOver;
  return [blocker('MIGRATIONS_EMPTY', 'migrations', `no migration of ${tool}`, 'at least one'), ...passedOver];
}

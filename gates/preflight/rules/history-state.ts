import type { Release } from '../../kernel/release.ts';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import type { History } from '../../migrate/history.ts';
import { migrationTool } from '../../migrate/tools/index.ts';
import type { PreflightFacts, PreflightInputs } from '../facts.ts';

/** The history is the configured tool's, and no migration in it failed or was left half-applied (B4). */
export function historyState(
  { database }: PreflightFacts,
  { release }: Pick<PreflightInputs, 'release'>,
): readonly Finding[] {
  return database === undefined ? [] : historyFindings(database.history, release);
}

/** The same of a history by itself. */
export function historyFindings({ rows, others, table, exists }: History, release: Release): readonly Finding[] {
  const tool = migrationTool(release.migrations.tool);
  const foreign = others
    .filter((other) => !exists || other.instead)
    .map(({ name, tool: owner }) => {
      const needed = `${table.schema}.${table.table} of ${tool.name}, or none`;
      return blocker('HISTORY_OF_ANOTHER_TOOL', name, `a history of ${owner}`, needed);
    });
  const broken = rows
    .filter((row) => row.state !== 'applied')
    .map(({ name, state, note }) => {
      const about = release.migrations.files.find((file) => file.name === name)?.file ?? name;
      const code = state === 'failed' ? 'HISTORY_FAILED' : 'HISTORY_DIRTY';
      const found = note ?? (state === 'failed' ? 'a failure on record' : 'a start on record and no end');
      return blocker(
        code,
        about,
        found,
        'a migration that is applied in full, or not at all',
        `With ${tool.name}: ${tool.repair}.`,
      );
    });
  return [...foreign, ...broken];
}

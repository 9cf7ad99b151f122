import type { Release } from '../kernel/release.ts';
import { migrationTool } from './tools/index.ts';
import type { HistoryTable } from './tools/migration-tool.ts';

/** Where a release's tool keeps its history: its own place, or the one that the configuration names. */
export function historyTableOf({ tool, history }: Pick<Release['migrations'], 'tool' | 'history'>): HistoryTable {
  return { ...migrationTool(tool).table, ...history };
}

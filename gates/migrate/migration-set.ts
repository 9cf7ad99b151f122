import type { MigrationFile } from '../kernel/release.ts';
import { type OpenDirectory, openDirectory } from './migration-directory.ts';
import type { DirectoryProblem, FoundMigration, MigrationTool } from './tools/migration-tool.ts';
import { isScript } from './tools/sections.ts';

/** The migrations of a directory in the tool's order, and the files that look like some and that the tool passes over. */
export interface MigrationSet {
  readonly files: readonly MigrationFile[];
  readonly ignored: readonly string[];
  readonly problems: readonly DirectoryProblem[];
}

/** Reads the migrations of a directory, each with the SHA-256 of its content and of its way down. */
export function migrationSet(root: string | OpenDirectory, tool: MigrationTool): MigrationSet {
  const directory = typeof root === 'string' ? openDirectory(root) : root;
  const files = inOrder(tool, tool.find(directory)).map((found) => fileOf(directory, found));
  const used = new Set(files.flatMap((file) => [file.file, ...(file.down === undefined ? [] : [file.down.file])]));
  const ignored = directory.paths.filter((path) => isScript(path) && !used.has(path));
  return { files, ignored, problems: tool.problems?.(directory) ?? [] };
}

function inOrder(tool: MigrationTool, found: readonly FoundMigration[]): readonly FoundMigration[] {
  if (tool.order !== undefined) return tool.order(found);
  return [...found].sort((a, b) => tool.compare(a.name, b.name) || (a.file < b.file ? -1 : 1));
}

function fileOf(directory: OpenDirectory, { down, settings, after, ...found }: FoundMigration): MigrationFile {
  return {
    ...found,
    sha256: directory.sha256(found.file),
    ...(down !== undefined && { down: part(directory, down) }),
    ...(settings !== undefined && { settings: part(directory, settings) }),
    ...(after !== undefined && { after: [...after] }),
  };
}

function part(directory: OpenDirectory, file: string): { file: string; sha256: string } {
  return { file, sha256: directory.sha256(file) };
}

import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../kernel/digest.ts';
import type { MigrationFile } from '../kernel/release.ts';
import type { MigrationTool } from './tools/migration-tool.ts';

/** The migrations of a directory in the tool's order, each with the SHA-256 of its content. */
export async function migrationSet(directory: string, tool: MigrationTool): Promise<readonly MigrationFile[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && tool.isMigration(entry.name)).map((entry) => entry.name);
  // One after the other: for thousands of small files the asynchronous way takes eight times as long.
  const set = files.map((file) => ({
    name: tool.nameOf(file),
    file,
    sha256: sha256(readFileSync(join(directory, file))),
  }));
  return set.sort((a, b) => tool.compare(a.name, b.name) || (a.file < b.file ? -1 : 1));
}

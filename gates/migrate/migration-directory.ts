import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationDirectory } from './tools/migration-tool.ts';

/** How deep a tool's layout goes at most: a folder a migration, in a folder a year. */
const depth = 3;

/** Opens a directory of migrations. Hidden folders and installed packages are not looked into; each file is read once. */
export function openDirectory(root: string): MigrationDirectory {
  const read = new Map<string, Buffer>();
  return {
    paths: pathsIn(root, '', depth).sort(),
    read: (path) => {
      const known = read.get(path);
      if (known !== undefined) return known;
      const content = readFileSync(join(root, path));
      read.set(path, content);
      return content;
    },
  };
}

function pathsIn(root: string, below: string, left: number): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) return [path];
    const inside = entry.isDirectory() && left > 1 && !entry.name.startsWith('.') && entry.name !== 'node_modules';
    return inside ? pathsIn(root, path, left - 1) : [];
  });
}

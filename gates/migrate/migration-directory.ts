import { readdirSync, readFileSync } from 'node:fs';
import { sha256 } from '../kernel/digest.ts';
import type { MigrationDirectory } from './tools/migration-tool.ts';

/** How deep a tool's layout goes at most: a folder a migration, in a folder a year. */
const depth = 3;

/** A directory whose files are read once, however often they are asked for. */
export interface OpenDirectory extends MigrationDirectory {
  /** The content as UTF-8. @throws the system's error when it cannot be read */
  text(path: string): string;
  /** SHA-256 of the content, as 64 hex digits. @throws the system's error when it cannot be read */
  sha256(path: string): string;
}

interface Content {
  readonly text: string;
  readonly sha256: string;
  /** Only where they are not the text's own: a file that is no UTF-8. */
  readonly bytes?: Buffer;
}

/** Opens a directory of migrations. Hidden folders and installed packages are not looked into. */
export function openDirectory(root: string): OpenDirectory {
  const contents = new Map<string, Content>();
  const content = (path: string) => {
    const known = contents.get(path);
    if (known !== undefined) return known;
    const made = contentOf(`${root}/${path}`);
    contents.set(path, made);
    return made;
  };
  return {
    paths: pathsIn(root, '', depth).sort(),
    read: (path) => {
      const { bytes, text } = content(path);
      return bytes ?? Buffer.from(text);
    },
    text: (path) => content(path).text,
    sha256: (path) => content(path).sha256,
  };
}

/** Node reads text in one call and bytes in four, which counts where there are thousands of small files. */
function contentOf(path: string): Content {
  const text = readFileSync(path, 'utf8');
  if (!text.includes('\uFFFD')) return { text, sha256: sha256(text) };
  const bytes = readFileSync(path);
  return { text: bytes.toString('utf8'), sha256: sha256(bytes), bytes };
}

function pathsIn(root: string, below: string, left: number): string[] {
  return readdirSync(`${root}/${below}`, { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) return [path];
    const inside = entry.isDirectory() && left > 1 && !entry.name.startsWith('.') && entry.name !== 'node_modules';
    return inside ? pathsIn(root, path, left - 1) : [];
  });
}

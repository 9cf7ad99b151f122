import type { MigrationFile } from '../kernel/release.ts';
import { type OpenDirectory, openDirectory } from './migration-directory.ts';
import type { MigrationTool } from './tools/migration-tool.ts';
import { languageOf, type Sections } from './tools/sections.ts';
import { fillTemplate } from './tools/template.ts';

/** Gives the sections of a migration of one directory. */
export type ReadSections = (file: Pick<MigrationFile, 'file' | 'sha256' | 'down' | 'settings'>) => Sections;

/**
 * Reads the SQL of a release's migrations from their directory, placeholders filled with the configured values. A file
 * whose content is not the one in the release is not evaluated: what is judged is what the release was made of.
 */
export function sectionsIn(
  root: string | OpenDirectory,
  tool: MigrationTool,
  values: Readonly<Record<string, string>> = {},
): ReadSections {
  const directory = typeof root === 'string' ? openDirectory(root) : root;
  const present = new Set(directory.paths);
  return ({ file, sha256: expected, down, settings }) => {
    const changed = [{ file, sha256: expected }, down, settings].find(
      (part) => part !== undefined && (!present.has(part.file) || directory.sha256(part.file) !== part.sha256),
    );
    if (changed !== undefined) return notEvaluated(`${changed.file} is not there with the content of the release`);
    const filling = tool.templated === true || Object.keys(values).length > 0;
    const missing: string[] = [];
    const text = (path: string) => {
      const raw = directory.text(path).replace(/^\uFEFF/, '');
      if (!filling || languageOf(path) !== undefined) return raw;
      const filled = fillTemplate(raw, values);
      missing.push(...filled.missing);
      return filled.text;
    };
    const up = text(file);
    const sections = tool.sections({
      file,
      up,
      ...(down !== undefined && { downFile: down.file, down: text(down.file) }),
      ...(settings !== undefined && { settings: directory.text(settings.file) }),
    });
    if (missing.length === 0 || !sections.evaluated) return sections;
    const names = [...new Set(missing)].join(', ');
    return { ...sections, evaluated: false, reason: `no value in sallyport:migrations.values for ${names}` };
  };
}

function notEvaluated(reason: string): Sections {
  return { up: '', down: undefined, transactional: true, downTransactional: true, evaluated: false, reason };
}

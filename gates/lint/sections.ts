import { join } from 'node:path';
import type { MigrationFile, Release } from '../kernel/release.ts';
import { type OpenDirectory, openDirectory } from '../migrate/migration-directory.ts';
import { sectionsIn } from '../migrate/migration-sections.ts';
import { migrationTool } from '../migrate/tools/index.ts';
import { nodePgMigrate } from '../migrate/tools/node-pg-migrate.ts';
import { languageOf } from '../migrate/tools/sections.ts';
import { type EvaluatedFile, evaluateMigrations } from './evaluate-migrations.ts';

/** The way up of a migration as its tool would run it. */
export interface SourceSection {
  readonly name: string;
  readonly file: string;
  /** The file as it is, and its hash; empty when it cannot be read. */
  readonly content: string;
  readonly found: string;
  /** Files of the migration that are not those of the release. */
  readonly mismatches: readonly Mismatch[];
  /** The SQL, with the line numbers of the file unless a program builds it. */
  readonly up: string;
  /** Whether the tool wraps it in a transaction. */
  readonly transactional: boolean;
  /** False when the SQL cannot be known without running the migration; `reason` says why. */
  readonly evaluated: boolean;
  readonly reason?: string;
}

/** A file of the release and the content that is there in its place. */
export interface Mismatch {
  readonly file: string;
  readonly expected: string;
  /** Empty when it cannot be read. */
  readonly found: string;
}

/** Whose migrations are read: the tool, and the values of placeholders in its SQL. */
export type MigrationSource = Pick<Release['migrations'], 'tool' | 'values'>;

/**
 * Reads migrations in the order given, as the adapter of their tool cuts them. Programs of node-pg-migrate are evaluated
 * apart, without a database; those of other tools are not evaluated, and say so.
 */
export async function readSections(
  root: { readonly path: string; readonly opened?: OpenDirectory },
  { tool, values }: MigrationSource,
  files: readonly MigrationFile[],
  signal: AbortSignal,
): Promise<readonly SourceSection[]> {
  const directory = root.opened ?? openDirectory(root.path);
  const adapter = migrationTool(tool);
  const read = sectionsIn(directory, adapter, values);
  const sections = files.map((file): SourceSection => {
    const { up, transactional, evaluated, reason } = read(file);
    const cut = { up, transactional, evaluated, ...(reason !== undefined && { reason }) };
    return { name: file.name, file: file.file, ...contentOf(directory, file), ...cut };
  });
  return adapter === nodePgMigrate ? withPrograms(sections, root.path, signal) : sections;
}

function contentOf(directory: OpenDirectory, { file, sha256, down, settings }: MigrationFile) {
  const found = hashOf(directory, file);
  const own = { file, sha256 };
  const mismatches = (down ?? settings) === undefined && found === sha256 ? none : mismatched([own, down, settings]);
  return { content: found === '' ? '' : directory.text(file), found, mismatches };

  function mismatched(parts: readonly (typeof own | undefined)[]): readonly Mismatch[] {
    return parts
      .filter((part) => part !== undefined)
      .map((part) => ({ file: part.file, expected: part.sha256, found: hashOf(directory, part.file) }))
      .filter((part) => part.found !== part.expected);
  }
}

const none: readonly Mismatch[] = [];

function hashOf(directory: OpenDirectory, file: string): string {
  try {
    return directory.sha256(file);
  } catch {
    return ''; // a mismatch with any release, which blocks
  }
}

/** Puts the SQL that programs come to in their place. */
async function withPrograms(sections: readonly SourceSection[], path: string, signal: AbortSignal) {
  const programs = sections.filter(({ file, mismatches }) => languageOf(file) !== undefined && mismatches.length === 0);
  if (programs.length === 0) return sections;
  const evaluated = await evaluateMigrations(
    programs.map(({ file }) => join(path, file)),
    signal,
  );
  const byFile = new Map(programs.map(({ file }, at) => [file, evaluated[at]]));
  return sections.map((section) => evaluatedSection(section, byFile.get(section.file)));
}

function evaluatedSection(section: SourceSection, program: EvaluatedFile | undefined): SourceSection {
  if (program === undefined) return section;
  const { reason: _, ...known } = section;
  return program.kind === 'sql'
    ? { ...known, up: program.up, transactional: program.transactional, evaluated: true }
    : { ...known, evaluated: false, reason: program.reason };
}

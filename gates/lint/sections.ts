import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../kernel/digest.ts';
import type { MigrationFile } from '../kernel/release.ts';
import { type EvaluatedFile, evaluateMigrations } from './evaluate-migrations.ts';

/** A migration as its tool would run it: the SQL of both ways, and whether the tool wraps it in a transaction. */
export interface Section {
  readonly name: string;
  readonly file: string;
  readonly up: string;
  readonly down: string | undefined;
  readonly transactional: boolean;
  /** False when the SQL cannot be known without running the migration; `reason` says why. */
  readonly evaluated: boolean;
  readonly reason?: string;
}

/** A section and the file it comes from. `found` is the hash of the content that was read. */
export interface SourceSection extends Section {
  readonly content: string;
  readonly found: string;
}

/** Reads the migrations of a directory in the order given. Programs are evaluated apart, without a database. */
export async function readSections(
  directory: string,
  files: readonly MigrationFile[],
  signal: AbortSignal,
): Promise<readonly SourceSection[]> {
  const contents = files.map(({ file }) => contentOf(join(directory, file)));
  const programs = files.filter(({ file }, at) => !file.endsWith('.sql') && contents[at] !== undefined);
  const evaluated = await evaluateMigrations(
    programs.map(({ file }) => join(directory, file)),
    signal,
  );
  const byFile = new Map(programs.map(({ file }, at) => [file, evaluated[at]]));
  return files.map((file, at) => sectionOf(file, contents[at], byFile.get(file.file)));
}

/** Read in one go: for thousands of small files the asynchronous way takes eight times as long. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // the section says that it cannot be read
  }
}

function sectionOf({ name, file }: MigrationFile, content: string | undefined, program: EvaluatedFile | undefined) {
  const read = { name, file, content: content ?? '', found: content === undefined ? '' : sha256(content) };
  const none = { up: '', down: undefined, transactional: true, evaluated: false };
  if (content === undefined) return { ...read, ...none, reason: 'the file cannot be read' };
  if (file.endsWith('.sql')) return { ...read, ...partsOf(content), transactional: true, evaluated: true };
  return program?.kind === 'sql'
    ? { ...read, up: program.up, down: program.down, transactional: program.transactional, evaluated: true }
    : { ...read, ...none, reason: program?.reason ?? 'the program was not evaluated' };
}

const upMark = /^\s*--[\s-]*up\s+migration/im;
const downMark = /^\s*--[\s-]*down\s+migration/im;

/** The two halves of a .sql file as node-pg-migrate cuts them; each keeps the line numbers of the file. */
function partsOf(content: string): { up: string; down: string | undefined } {
  const up = content.search(upMark);
  const down = content.search(downMark);
  return {
    up: up >= 0 ? part(content, up, down < up ? undefined : down) : content,
    down: down >= 0 ? part(content, down, up < down ? undefined : up) : undefined,
  };
}

function part(content: string, from: number, to: number | undefined): string {
  const lines = content.slice(0, from).split('\n').length - 1;
  return '\n'.repeat(lines) + content.slice(from, to);
}

import './compile-once.ts';

import { loadModule, type Node, parseSync, type RawStmt } from 'libpg-query';
import { embeddedIn } from './plpgsql.ts';
import { as } from './tree.ts';

/** A statement of a migration. */
export interface Statement {
  readonly node: Node;
  readonly text: string;
  /** Line in the file, from 1. */
  readonly line: number;
  /** Where it begins and ends in the file, in bytes. */
  readonly from: number;
  readonly to: number;
  /** Set for one that a DO block runs. */
  readonly inside?: 'DO block' | 'EXECUTE';
}

/** What a DO block or an EXECUTE hides from any reader of the file. */
export interface Hidden {
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

/** A file's statements, those inside of DO blocks after the block. */
export interface Parsed {
  readonly statements: readonly Statement[];
  readonly hidden: readonly Hidden[];
}

/** Why a text is no SQL. */
export interface SyntaxProblem {
  readonly line: number;
  readonly message: string;
}

await loadModule();

/** So many texts go to the parser at once: each call has a cost of its own. */
const together = 32;
const separator = '\n;\n';

/**
 * Parses texts with PostgreSQL's own parser, each by itself, and gives what `read` makes of each one, in order. The
 * trees of thousands of files take a gigabyte, so they are let go as soon as they are read.
 */
export function parseEach<T>(texts: readonly string[], read: (parsed: Parsed | SyntaxProblem, at: number) => T): T[] {
  const answers: T[] = [];
  for (let at = 0; at < texts.length; at += together) {
    const some = texts.slice(at, at + together);
    const parsed = parseTogether(some) ?? some.map(parseSql);
    answers.push(...parsed.map((each, index) => read(each, at + index)));
  }
  return answers;
}

/** Undefined when one text is no SQL, or when a quote or comment that one leaves open swallows the next. */
function parseTogether(texts: readonly string[]): readonly Parsed[] | undefined {
  const bytes = texts.map(byteString);
  const statements = tryParse(texts.join(separator));
  if (statements === undefined) return undefined;
  const own: RawStmt[][] = texts.map(() => []);
  let at = 0;
  let begin = 0;
  for (const statement of statements) {
    const { stmt_location = 0, stmt_len = 0 } = statement;
    while (at < bytes.length - 1 && stmt_location >= begin + sizeOf(bytes[at]) + separator.length - 1) {
      begin += sizeOf(bytes[at]) + separator.length;
      at += 1;
    }
    const location = Math.max(0, stmt_location - begin);
    // The parser leaves the length of a last statement without a semicolon out: it reaches to the end of all.
    const open = stmt_len === 0 ? at < bytes.length - 1 : location + stmt_len > sizeOf(bytes[at]) + 1;
    if (open) return undefined;
    statement.stmt_location = location;
    own[at]?.push(statement);
  }
  return bytes.map((each, index) => parsedOf(each, each === texts[index], own[index] ?? []));
}

function sizeOf(bytes: string | undefined): number {
  return bytes?.length ?? 0;
}

/** A text with one character a byte, as the parser counts: the text itself where it is ASCII, as nearly all are. */
function byteString(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
}

/** Parses one text with PostgreSQL's own parser. */
export function parseSql(text: string): Parsed | SyntaxProblem {
  if (text.trim() === '') return { statements: [], hidden: [] };
  try {
    const bytes = byteString(text);
    return parsedOf(bytes, bytes === text, parseSync(text).stmts ?? []);
  } catch (error) {
    const characters = (error as { sqlDetails?: { cursorPosition?: number } }).sqlDetails?.cursorPosition ?? 0;
    const before = [...text].slice(0, characters).join('');
    return { line: lineAt(before, before.length), message: (error as Error).message };
  }
}

function parsedOf(bytes: string, ascii: boolean, raw: readonly RawStmt[]): Parsed {
  const statements: Statement[] = [];
  const hidden: Hidden[] = [];
  for (const { stmt, stmt_location = 0, stmt_len = 0 } of raw) {
    if (stmt === undefined) continue;
    const to = stmt_len === 0 ? bytes.length : stmt_location + stmt_len;
    const from = beginOf(bytes, stmt_location, to);
    const own = bytes.slice(from, to);
    const text = (ascii ? own : Buffer.from(own, 'latin1').toString('utf8')).trim();
    const statement = { node: stmt, text, line: lineAt(bytes, from), from, to };
    statements.push(statement);
    if (as(stmt, 'DoStmt') !== undefined) inside(statement, statements, hidden);
  }
  return { statements, hidden };
}

function inside(block: Statement, statements: Statement[], hidden: Hidden[]): void {
  const { from, to, line: start } = block;
  for (const embedded of embeddedIn(block.text)) {
    const line = start + embedded.line;
    const parsed = embedded.sql === undefined ? undefined : tryParse(embedded.sql);
    if (parsed === undefined) hidden.push({ line, text: embedded.source, why: embedded.why });
    for (const { stmt: node } of parsed ?? []) {
      if (node === undefined) continue;
      statements.push({
        node,
        text: embedded.sql ?? '',
        line,
        from,
        to,
        inside: embedded.dynamic ? 'EXECUTE' : 'DO block',
      });
    }
  }
}

function tryParse(sql: string): readonly RawStmt[] | undefined {
  try {
    return parseSync(sql).stmts ?? [];
  } catch {
    return undefined; // the caller tells: a syntax problem of one text, or PL/pgSQL's own form of SQL
  }
}

/** The parser counts the comments before a statement as part of it. */
function beginOf(bytes: string, from: number, to: number): number {
  const lead = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(bytes.slice(from, to));
  return from + (lead?.[0].length ?? 0);
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

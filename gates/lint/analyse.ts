import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../kernel/digest.ts';
import { gateError } from '../kernel/gate-error.ts';
import { type Cache, openCache } from './cache.ts';
import { rulesOn } from './catalogue.ts';
import { type Effect, effectsOf, tableOf, typeChangeOf } from './effects.ts';
import { programDigest } from './program-digest.ts';
import type { Weight } from './rule.ts';
import { suppressionsIn, withoutSuppressions } from './rules/inline-suppression.ts';
import type { SourceSection } from './sections.ts';
import { runSquawk, type SquawkFile, type SquawkFinding } from './squawk.ts';
import { saidBetter, squawkRules } from './squawk-rules.ts';
import { type Parsed, parseEach, type Statement, type SyntaxProblem } from './statement.ts';
import { type JudgedText, judgedText } from './text.ts';
import { kindOf } from './tree.ts';

/** What a rule says of a statement, before it is known which tables are in use and what policy makes of it. */
export interface RawFinding {
  readonly rule: string;
  /** Line in the file, from 1. */
  readonly line: number;
  /** Index of the statement; the last possible when it is about the file. */
  readonly at: number;
  /** The statement, shortened. */
  readonly statement: string;
  /** SHA-256 of the whole statement and of how often the same one came before it. */
  readonly digest: string;
  readonly table?: string;
  readonly column?: string;
  readonly to?: string;
  readonly note?: string;
}

/** All that a migration's text alone can tell: it is kept by content, so an unchanged file is never judged twice. */
export interface Analysis {
  readonly findings: readonly RawFinding[];
  readonly effects: readonly Effect[];
  readonly problem?: SyntaxProblem;
}

export interface AnalyseOptions {
  readonly directory: string;
  /** The weight of each of squawk's rules; one that is OFF is not asked for. */
  readonly squawk: ReadonlyMap<string, Weight>;
  /** Where analyses are kept; none keeps nothing. */
  readonly cache?: string;
  readonly signal: AbortSignal;
}

/** Judges the text of each migration by itself; the answers are in the order of the sections. @throws GateError */
export async function analyse(sections: readonly SourceSection[], options: AnalyseOptions): Promise<Analysis[]> {
  const on = [...options.squawk].filter(([, weight]) => weight !== 'OFF').map(([rule]) => rule);
  const cache = await openCache(options.cache, { program: programDigest(), on, engines: engineVersions() });
  const answers = sections.map((section) =>
    section.evaluated ? cache.get(keyOf(section)) : { findings: [], effects: [] },
  );
  const missing = sections.filter((_section, at) => answers[at] === undefined);
  const made = await analyseAll(missing, on, options);
  keep(cache, missing, made);
  await cache.write();
  let next = 0;
  return answers.map((answer) => answer ?? (made[next++] as Analysis));
}

/** Another version of an engine may see other things: what an earlier one said does not count then. */
export function engineVersions(): readonly string[] {
  const require = createRequire(import.meta.url);
  return ['squawk-cli', 'libpg-query'].map((name) => (require(`${name}/package.json`) as { version: string }).version);
}

function keep(cache: Cache, sections: readonly SourceSection[], made: readonly Analysis[]): void {
  for (const [at, section] of sections.entries()) {
    const analysis = made[at];
    if (analysis !== undefined) cache.set(keyOf(section), analysis);
  }
}

/** All that goes into an analysis: the content, the part that runs, and how the tool runs it. */
function keyOf({ content, found, up, transactional }: SourceSection): string {
  const part = content.startsWith(up) ? `to-${up.length}` : sha256(up);
  return `${found}-${part}-${transactional ? 'in' : 'out'}`;
}

async function analyseAll(sections: readonly SourceSection[], on: readonly string[], options: AnalyseOptions) {
  if (sections.length === 0) return [];
  const scratch = await mkdtemp(join(tmpdir(), 'sallyport-lint-'));
  try {
    const exclude = Object.keys(squawkRules).filter((rule) => !on.includes(rule));
    const run = { directory: options.directory, scratch, include: on, exclude, signal: options.signal };
    const texts = sections.map(judgedText);
    // squawk is under way in its own processes while this one parses.
    const files = texts.map((text, at) => squawkFile(text, `${at}.sql`, scratch));
    const squawk = runSquawk(files, run);
    squawk.catch(() => undefined); // awaited below; it must not be unhandled while this process parses
    const seen = parseEach(
      texts.map(({ text }) => text),
      (parsed, at) => whatIsSeen(texts[at] as JudgedText, parsed),
    );
    const found = await squawk;
    stillAsHashed(texts, options.directory);
    const nested = await nestedFindings(texts, seen, run);
    return texts.map((text, at) =>
      combine(text, seen[at] as Seen, {
        found: found.get(files[at]?.path ?? '') ?? [],
        nested: nested.get(at) ?? [],
      }),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The file itself where squawk may read it as it is, else a copy of what it is to judge. */
function squawkFile(text: JudgedText, name: string, scratch: string): SquawkFile {
  const { section } = text;
  if (text.asFile) return { path: section.file, transactional: section.transactional };
  const path = join(scratch, name);
  writeFileSync(path, withoutSuppressions(text.text));
  return { path, transactional: section.transactional };
}

/**
 * squawk opens files by itself, and says nothing of one that is gone: what it judged must be what was hashed, or the
 * verdict would be kept for another text. @throws GateError LINT_CONTENT_MISMATCH
 */
function stillAsHashed(texts: readonly JudgedText[], directory: string): void {
  for (const { asFile, section } of texts) {
    if (asFile && textOf(join(directory, section.file)) !== section.content) {
      throw gateError(
        'LINT_CONTENT_MISMATCH',
        section.file,
        'a file that changed meanwhile',
        'files that stay as they are',
      );
    }
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // no text is the one that was hashed then
  }
}

/** A statement without its tree. */
interface Place extends Omit<Statement, 'node'> {
  readonly table: string | undefined;
  /** The one change of a column's type in it. */
  readonly change: { readonly column: string; readonly to: string } | undefined;
}

/** What the parse tree of a migration tells. */
interface Seen {
  readonly own: readonly RawFinding[];
  readonly effects: readonly Effect[];
  readonly places: readonly Place[];
  readonly problem?: SyntaxProblem;
}

function whatIsSeen(text: JudgedText, parsed: Parsed | SyntaxProblem): Seen {
  if ('message' in parsed) return { own: [], effects: [], places: [], problem: parsed };
  const { statements, hidden } = parsed;
  const raw = statementFindings(statements);
  const unit = { statements, transactional: text.section.transactional };
  const about = (rule: string, line: number, statement: string, note: string): RawFinding => {
    return { rule, line, at: statements.length, statement: short(statement), digest: sha256(statement), note };
  };
  const own = [
    ...statements.flatMap((statement, at) =>
      rulesOn(kindOf(statement.node)).flatMap((rule) =>
        rule.check(statement, unit, at).map((hit) => raw(rule.id, at, hit)),
      ),
    ),
    ...hidden.map((each) => about('dynamic-sql', each.line, each.text, each.why)),
    ...suppressionsIn(text.text).map(({ line, mark }) => about('inline-suppression', line, mark, `"${mark}"`)),
  ];
  // Member by member: it is done for every statement, and a rest pattern copies each one slowly.
  const places = statements.map(({ node, text: sql, line, from, to, inside }): Place => {
    const place = { text: sql, line, from, to, table: tableOf(node), change: typeChangeOf(node) };
    return inside === undefined ? place : { ...place, inside };
  });
  return { own, effects: effectsOf(statements), places };
}

/**
 * What squawk says of statements by themselves, by file and statement: those inside of DO blocks, which it does not see,
 * and those on a table that IF NOT EXISTS may have left as it was, which it takes for new in the rest of the file.
 */
async function nestedFindings(
  texts: readonly JudgedText[],
  seen: readonly Seen[],
  run: Parameters<typeof runSquawk>[1],
) {
  const nested = seen.flatMap(({ places, effects }, file) => {
    const perhapsOld = new Set(effects.filter((effect) => effect.unlessThere).map((effect) => effect.creates));
    return places.flatMap(({ inside, table, text }, at) =>
      inside !== undefined || (table !== undefined && perhapsOld.has(table)) ? [{ file, at, text }] : [],
    );
  });
  const files = nested.map(({ file, at, text }) => {
    const transactional = texts[file]?.section.transactional ?? true;
    return { path: join(run.scratch, `${file}-${at}.sql`), transactional, file, at, text };
  });
  for (const { path, text } of files) writeFileSync(path, withoutSuppressions(text));
  const byFile = new Map<number, { at: number; finding: SquawkFinding }[]>();
  const found = await runSquawk(files, run);
  for (const { path, file, at } of files) {
    const placed = (found.get(path) ?? []).map((finding) => ({ at, finding }));
    byFile.set(file, [...(byFile.get(file) ?? []), ...placed]);
  }
  return byFile;
}

/** squawk's findings on a file, and on what its DO blocks run. */
interface FromSquawk {
  readonly found: readonly SquawkFinding[];
  readonly nested: readonly { at: number; finding: SquawkFinding }[];
}

function combine(text: JudgedText, seen: Seen, { found, nested }: FromSquawk): Analysis {
  if (seen.problem !== undefined) return { findings: [], effects: [], problem: seen.problem };
  const { own, places, effects } = seen;
  if (found.length === 0 && nested.length === 0 && !text.generated) return { findings: own, effects };
  const raw = statementFindings(places);
  const placed = found.flatMap((finding) => {
    const at = placeOf(finding, text, places);
    return at === undefined ? [] : [{ at, finding }];
  });
  const theirs = withoutSaid([...placed, ...nested], own).map(({ at, finding }) =>
    raw(finding.rule_name, at, hitOf(places[at])),
  );
  const all = [...own, ...withoutTwins(theirs)];
  const findings = text.generated ? all.map((finding) => ({ ...finding, line: 1 })) : all;
  return { findings, effects };
}

/** What is known of a statement besides squawk's word. */
function hitOf(place: Place | undefined) {
  if (place === undefined) return {};
  const { table, change } = place;
  return { ...(table !== undefined && { table }), ...change };
}

type Placed = FromSquawk['nested'][number];

/** Takes out what has no rule in the catalogue, and what a rule here has said of the same statement as often. */
function withoutSaid(placed: readonly Placed[], own: readonly RawFinding[]): readonly Placed[] {
  const said = new Map<string, number>();
  for (const { rule, at } of own) said.set(`${rule} ${at}`, (said.get(`${rule} ${at}`) ?? 0) + 1);
  return placed.filter(({ at, finding: { rule_name: name } }) => {
    if (squawkRules[name] === undefined) return false;
    const better = saidBetter[name]?.find((rule) => (said.get(`${rule} ${at}`) ?? 0) > 0);
    if (better === undefined) return true;
    said.set(`${better} ${at}`, (said.get(`${better} ${at}`) ?? 0) - 1);
    return false;
  });
}

/** squawk says some things once a column; once a statement is enough. */
function withoutTwins(findings: readonly RawFinding[]): readonly RawFinding[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, at }) => {
    const key = `${rule} ${at}`;
    return !seen.has(key) && seen.add(key);
  });
}

function placeOf({ line, column }: SquawkFinding, text: JudgedText, statements: readonly Place[]): number | undefined {
  const position = text.offsetOf(line, column);
  if (position >= Buffer.byteLength(text.text)) return undefined; // in the part of the file that takes the migration back
  const at = statements.findLastIndex(({ from, inside }) => inside === undefined && from <= position);
  return at < 0 ? (statements.length > 0 ? 0 : undefined) : at;
}

/** Makes findings about statements; equal statements of a file are told apart by how many came before. */
function statementFindings(statements: readonly Omit<Statement, 'node'>[]) {
  let counts: readonly number[] | undefined; // most migrations have no finding, so nothing is counted before the first
  const digestAt = (at: number, text: string) => {
    counts ??= earlierTwins(statements);
    return sha256(`${counts[at] ?? 0} ${text}`);
  };
  return (rule: string, at: number, about: Pick<RawFinding, 'table' | 'column' | 'to' | 'note'>): RawFinding => {
    const statement = statements[at];
    if (statement === undefined) throw new RangeError(`no statement ${at}`);
    const { line, text } = statement;
    return { rule, line, at, statement: short(text), digest: digestAt(at, text), ...about };
  };
}

/** For each statement, how many of the same text come before it. */
function earlierTwins(statements: readonly Omit<Statement, 'node'>[]): readonly number[] {
  const times = new Map<string, number>();
  return statements.map(({ text }) => {
    const count = times.get(text) ?? 0;
    times.set(text, count + 1);
    return count;
  });
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

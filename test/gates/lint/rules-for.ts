import { join } from 'node:path';
import { analyse, type RawFinding } from '../../../gates/lint/analyse.ts';
import { inContext } from '../../../gates/lint/context.ts';
import type { Weight } from '../../../gates/lint/rule.ts';
import type { SourceSection } from '../../../gates/lint/sections.ts';
import { squawkRules } from '../../../gates/lint/squawk-rules.ts';

/** A migration of one file, given as text. */
export interface TextMigration {
  readonly name: string;
  readonly sql: string;
  readonly transactional: boolean;
}

const usual: ReadonlyMap<string, Weight> = new Map(Object.entries(squawkRules).map(([id, { weight }]) => [id, weight]));

/** The rules that find something in each migration, policy and context aside; the files are written to a folder. */
export async function rulesFor(
  directory: string,
  migrations: readonly TextMigration[],
  write: (path: string, text: string) => Promise<void>,
  squawk: ReadonlyMap<string, Weight> = usual,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const findings = await findingsFor(directory, migrations, write, squawk);
  return new Map(migrations.map(({ name }, at) => [name, (findings[at] ?? []).map(({ rule }) => rule)]));
}

/** The findings on each migration, as `rulesFor`. */
export async function findingsFor(
  directory: string,
  migrations: readonly TextMigration[],
  write: (path: string, text: string) => Promise<void>,
  squawk: ReadonlyMap<string, Weight> = usual,
): Promise<readonly (readonly RawFinding[])[]> {
  const sections = migrations.map(({ name, sql, transactional }) => sectionFrom(name, sql, transactional));
  for (const { file, content } of sections) await write(join(directory, file), content);
  const analyses = await analyse(sections, { directory, squawk, signal: AbortSignal.timeout(60_000) });
  return inContext(analyses, { tables: new Set(), types: new Map() }).findings;
}

/** A plain SQL file as a section. */
export function sectionFrom(name: string, sql: string, transactional: boolean): SourceSection {
  const file = `${name}.sql`;
  return { name, file, content: sql, found: file, mismatches: [], up: sql, transactional, evaluated: true };
}

import type { MigrationClass } from '../migrate/batches.ts';
import { blockingModes } from './trace/snapshot.ts';
import type { TracedStatement } from './trace/traced.ts';

/**
 * The class of a migration, from what its statements did: `waiting` when it has statements that wait, and nothing else
 * in it keeps others from a table that was there before.
 */
export function classOf(statements: readonly TracedStatement[], tables: ReadonlyMap<number, string>): MigrationClass {
  const others = statements.filter((statement) => !statement.waiting);
  const blocks = others.some(({ locks }) => locks.some(([oid, mode]) => tables.has(oid) && blockingModes.has(mode)));
  return statements.some((statement) => statement.waiting) && !blocks ? 'waiting' : 'blocking';
}

const comments = /--[^\n]*|\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm;
const concurrentIndex = /\bcreate\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?"?([\w$]+)"?/gi;
const waits = /\bconcurrently\b|\bvalidate\s+constraint\b/i;
const blocks =
  /\b(?:alter\s+table(?![^;]*\b(?:validate\s+constraint|concurrently)\b)|drop\s+table|truncate|lock\s+table|vacuum\s+full|cluster)\b/i;

/** The class of a migration whose statements nobody traced, from its text. What is not plainly waiting is blocking. */
export function classOfText(text: string): { class: MigrationClass; buildsIndexes: string[] } {
  const code = text.split(/^--\s*down migration\b/im)[0]?.replaceAll(comments, '') ?? '';
  const buildsIndexes = [...code.matchAll(concurrentIndex)].map(([, name = '']) => name);
  return { class: waits.test(code) && !blocks.test(code) ? 'waiting' : 'blocking', buildsIndexes };
}

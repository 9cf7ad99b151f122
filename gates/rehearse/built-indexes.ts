import type { ClientBase } from 'pg';
import type { TracedStatement } from './trace/traced.ts';

const readIndexes = `select oid::int8::float8 as oid, relname as name from pg_class where relkind = 'i' and oid >= 16384`;

/** The indexes that are there, oid → name. */
export async function indexesOf(client: ClientBase): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query<{ oid: number; name: string }>(readIndexes);
  return new Map(rows.map(({ oid, name }) => [oid, name]));
}

/**
 * Names under which statements that build concurrently leave an invalid index when they fail. PostgreSQL names an index
 * that has no name, and a rebuilt one `…_ccnew` until it is done; both are known by what was not there `before`. Pure.
 */
export function builtConcurrently(
  statements: readonly Pick<TracedStatement, 'kind' | 'waiting' | 'buildsIndex'>[],
  before: ReadonlyMap<number, string>,
  after: ReadonlyMap<number, string>,
): string[] {
  const made = [...after].flatMap(([oid, name]) => (before.has(oid) ? [] : [name]));
  const names = statements.flatMap(({ kind, waiting, buildsIndex }) => {
    if (!waiting) return [];
    if (kind === 'IndexStmt') return buildsIndex === undefined ? made : [buildsIndex];
    return kind === 'ReindexStmt' ? made.map((name) => `${name}_ccnew`) : [];
  });
  return [...new Set(names)];
}

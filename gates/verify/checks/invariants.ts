import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { gateError, messageOf } from '../../kernel/gate-error.ts';
import { blocker, type Finding } from '../../kernel/verdict.ts';
import { statementsOf } from '../../sql/statements.ts';

/** A query that returns no row when all is well, and the file that it is in. */
export interface Invariant {
  readonly file: string;
  readonly sql: string;
}

/** Reads the invariants of a directory: its `.sql` files, in the order of their names. @throws GateError INVARIANT_UNREADABLE. */
export async function readInvariants(directory: string): Promise<readonly Invariant[]> {
  try {
    const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
    return await Promise.all(files.map(async (file) => ({ file, sql: await readFile(join(directory, file), 'utf8') })));
  } catch (error) {
    throw gateError('INVARIANT_UNREADABLE', directory, messageOf(error), 'a directory of .sql files', error);
  }
}

/**
 * Evaluates invariants in the snapshot's own, read-only transaction. Unqualified names are looked up in `searchPath`.
 * Each must be one query: of several statements only the last one's rows would be seen.
 */
export async function invariants(
  client: ClientBase,
  all: readonly Invariant[],
  searchPath: string,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { file, sql } of all) {
    await client.query('savepoint invariant');
    try {
      const statements = await statementsOf(sql);
      const [statement] = statements;
      if (statements.length !== 1 || statement?.kind !== 'SelectStmt') {
        findings.push(
          blocker('INVARIANT_UNREADABLE', file, `${statements.length} statements, or no query`, 'one query'),
        );
        continue;
      }
      await client.query(`select set_config('search_path', $1, true)`, [searchPath]);
      // One row more than needed: how many there are is for whoever mends them.
      const { rowCount } = await client
        .query(`declare invariant no scroll cursor for ${statement.sql}`)
        .then(() => client.query('fetch 1 from invariant'));
      if (rowCount !== 0) findings.push(blocker('INVARIANT_BROKEN', file, 'rows', 'no row'));
    } catch (error) {
      findings.push(blocker('INVARIANT_UNREADABLE', file, messageOf(error), 'a query that the server runs'));
    } finally {
      await client.query('rollback to savepoint invariant');
    }
  }
  return findings;
}

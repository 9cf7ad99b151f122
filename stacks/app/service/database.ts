import { Pool, types } from 'pg';
import { connectionTo } from './connection.ts';

const INT8 = 20;
const TIMESTAMPTZ = 1184;
const PING = 'select 1';

/** Opens the database as a service sees it: ids and counts are numbers, times are ISO 8601 text, every wait is bounded. */
export function openDatabase(service: string, connectionString: string): Pool {
  const pool = new Pool({
    ...connectionTo(connectionString),
    application_name: service,
    max: 8,
    connectionTimeoutMillis: 3_000,
    statement_timeout: 5_000,
    query_timeout: 6_000,
    types: { getTypeParser: parserFor as typeof types.getTypeParser },
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', (error) => console.error(`${service}: a database connection was lost: ${reasonOf(error)}`));
  return pool;
}

/** Asks the database for a sign of life: undefined, or why there is none. */
export async function databaseTrouble(pool: Pool): Promise<string | undefined> {
  return pool.query(PING).then(
    () => undefined,
    (error) => `database: ${reasonOf(error)}`,
  );
}

/** A short reason without addresses or values, fit for a health page. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code || message || String(error);
}

function parserFor(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8) return Number;
  const parse = types.getTypeParser(oid, format as 'text');
  return oid === TIMESTAMPTZ ? (value: string) => parse(value).toISOString() : parse;
}

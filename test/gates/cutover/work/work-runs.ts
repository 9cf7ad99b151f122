import { Client } from 'pg';
import { openSides } from '../../../../gates/cutover/work/open-side.ts';
import { databaseTarget } from '../../../../gates/kernel/database-url.ts';
import type { VerifyDatabase } from '../../verify/verify-servers.ts';

/** A database's address, as workers are given it. */
export function targetOf(database: VerifyDatabase) {
  return databaseTarget({ DATABASE_URL: database.url }, 'the test');
}

/** What opens sessions to databases that are both sides. */
export function opener(database: VerifyDatabase, source = database) {
  return openSides({ source: targetOf(source), target: targetOf(database) }, 'of a test');
}

/** A session; the caller ends it. */
export async function sessionTo(database: VerifyDatabase): Promise<Client> {
  const client = new Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A piece for the worker program that digests one row, after so many seconds. */
export function slowPiece(snapshot: string, seconds: number) {
  return pieceAfter(snapshot, `pg_sleep(${seconds})`);
}

/** One that is worked on for as long as the database's pieces are held: see {@link holdPieces}. */
export function heldPiece(snapshot: string) {
  return pieceAfter(snapshot, `pg_advisory_lock_shared(${held})`);
}

/** Holds the held pieces of a database until the returned function is called; more than once does nothing more. */
export async function holdPieces(database: VerifyDatabase): Promise<() => Promise<void>> {
  const holder = await sessionTo(database);
  await holder.query(`select pg_advisory_lock(${held})`);
  return () => holder.end();
}

/** The lock that holds them. */
const held = `hashtextextended('held pieces of a test', 0)`;

function pieceAfter(snapshot: string, wait: string) {
  const table = { name: 'slow', key: ['id'], parts: [] };
  const columns = [{ name: 'id', type: 'int4', kind: 'b', number: 1, virtual: false }];
  const from = `(select 1 as id, ${wait} as waited) t`;
  const leaves = { kind: 'range', column: 'id', shift: 10 };
  const chunk = { table: { ...table, columns }, leaves, from, where: 't.waited is not null' };
  return { side: 'target', snapshot, boundSeconds: 600, chunk };
}

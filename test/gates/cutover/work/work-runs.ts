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
  const table = { name: 'slow', key: ['id'], parts: [] };
  const columns = [{ name: 'id', type: 'int4', kind: 'b', number: 1, virtual: false }];
  const from = `(select 1 as id, pg_sleep(${seconds}) as waited) t`;
  const leaves = { kind: 'range', column: 'id', shift: 10 };
  const chunk = { table: { ...table, columns }, leaves, from, where: 't.waited is not null' };
  return { side: 'target', snapshot, boundSeconds: 600, chunk };
}
